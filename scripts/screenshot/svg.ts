import { charWidth } from '../../src/terminal/text.js';
import type { Run, Style } from './ansi.js';
import { glyphPath } from './glyphs.js';

export interface PictureOptions {
  /** In the bar of the window. */
  readonly title: string;
  /** Columns that the picture has at least. */
  readonly columns: number;
}

/** A character, in pixels. */
const CELL = { width: 8.4, height: 18 } as const;
const FONT_SIZE = 14;
const BASELINE = 13.5;
const PADDING = 16;
const BAR_HEIGHT = 40;
const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';
const FONTS =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/** A window with the lines in it: dark with a border, so that it stands out from a light and from a dark page alike. */
export function drawPicture(lines: readonly (readonly Run[])[], { title, columns }: PictureOptions): string {
  const used = lines.flat().map(({ column, width }) => column + width);
  const width = Math.ceil(Math.max(columns, ...used) * CELL.width + 2 * PADDING);
  const height = Math.ceil(BAR_HEIGHT + lines.length * CELL.height + PADDING);
  const body = lines.flatMap((runs, row) => runs.flatMap((run) => drawRun(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<style>text{font-family:${FONTS};font-size:${FONT_SIZE}px;white-space:pre}</style>`,
    ...drawWindow(width, height, title),
    `<g transform="translate(${PADDING} ${BAR_HEIGHT})">`,
    ...body,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawWindow(width: number, height: number, title: string): string[] {
  return [
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="${BACKGROUND}" stroke="#30363d"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (color, index) => `<circle cx="${20 + 20 * index}" cy="19" r="6" fill="${color}"/>`,
    ),
    `<text x="${width / 2}" y="24" text-anchor="middle" fill="#8b949e">${escapeXml(title)}</text>`,
  ];
}

function drawRun({ column, width, text, style }: Run, row: number): string[] {
  const [x, y] = [column * CELL.width, row * CELL.height];
  const { foreground, background } = colorsOf(style);
  const look = attributes({
    fill: foreground,
    'fill-opacity': style.dim === true ? '0.6' : undefined,
    'font-weight': style.bold === true ? 'bold' : undefined,
    'font-style': style.italic === true ? 'italic' : undefined,
    'text-decoration': style.underline === true ? 'underline' : undefined,
  });
  const behind =
    background === undefined
      ? []
      : [
          `<rect x="${fixed(x)}" y="${y}" width="${fixed(width * CELL.width)}" height="${CELL.height}" fill="${background}"/>`,
        ];
  return [...behind, ...drawCharacters(text, { x, y, look })];
}

/** Shapes for the characters that are drawn, and text for the others; each piece of text is held to its columns whatever the font. */
function drawCharacters(text: string, { x, y, look }: { x: number; y: number; look: string }): string[] {
  const parts: string[] = [];
  let [path, piece, pieceX, at] = ['', '', x, x];
  const flush = (): void => {
    const lead = piece.length - piece.trimStart().length;
    const word = piece.trim();
    const width = [...word].reduce((sum, char) => sum + charWidth(char), 0) * CELL.width;
    if (word !== '')
      parts.push(
        `<text x="${fixed(pieceX + lead * CELL.width)}" y="${y + BASELINE}" textLength="${fixed(width)}" lengthAdjust="spacingAndGlyphs"${look}>${escapeXml(word)}</text>`,
      );
    piece = '';
  };
  for (const char of text) {
    const width = charWidth(char) * CELL.width;
    const shape = glyphPath(char, { x: at, y, width, height: CELL.height });
    if (shape !== undefined) {
      flush();
      path += shape;
    } else {
      if (piece === '') pieceX = at;
      piece += char;
    }
    at += width;
  }
  flush();
  return path === '' ? parts : [...parts, `<path d="${path}"${look}/>`];
}

function colorsOf({ color, background, reverse }: Style): {
  foreground: string;
  background: string | undefined;
} {
  if (reverse !== true) return { foreground: color ?? FOREGROUND, background };
  return { foreground: background ?? BACKGROUND, background: color ?? FOREGROUND };
}

function attributes(values: Record<string, string | undefined>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${value}"`))
    .join('');
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
