import { visible } from '../base/text/visible.js';

/** Code points that terminals draw two columns wide: East Asian wide and fullwidth forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b16f}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NARROW_ONLY = /^[\u0020-\u10ff\u1160-\u1fff\u2010-\u2027\u2500-\u257f\u2800-\u28ff]*$/;
const ZERO_WIDTH = /\p{M}|\p{Cf}/u;

/** Columns that one character takes on a terminal: 0, 1 or 2. */
export function charWidth(char: string): 0 | 1 | 2 {
  if (ZERO_WIDTH.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Columns that `text`, which holds no escape sequences, takes on a terminal. */
export function textWidth(text: string): number {
  if (NARROW_ONLY.test(text) && !ZERO_WIDTH.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** `text`, made visible, cut to `width` columns, its end marked where something is missing. */
export function truncate(raw: string, width: number, mark = '…'): string {
  const text = visible(raw);
  if (textWidth(text) <= width) return text;
  if (width <= 0) return '';
  let kept = '';
  let used = textWidth(mark);
  for (const char of text) {
    used += charWidth(char);
    if (used > width) break;
    kept += char;
  }
  return truncateMark(kept.trimEnd() + mark, width);
}

/**
 * `text`, made visible, cut to `width` columns in its middle: of a path its last name stays as long as there is room for it,
 * as that tells it from others.
 */
export function truncateMiddle(raw: string, width: number, mark = '…'): string {
  const text = visible(raw);
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(mark);
  if (room <= 0) return truncate(text, width, mark);
  const place = text.search(/[/\\:][^/\\]*$/);
  // What is no path keeps its beginning too.
  const name = place < 0 ? 0 : textWidth(text.slice(place));
  const head = leading([...text], Math.min(Math.floor(room / 3), Math.max(0, room - name)));
  const tail = leading([...text].reverse(), room - textWidth(head));
  return `${head}${mark}${[...tail].reverse().join('')}`;
}

/** As many of these characters as take at most `width` columns. */
function leading(chars: readonly string[], width: number): string {
  let kept = '';
  let used = 0;
  for (const char of chars) {
    used += charWidth(char);
    if (used > width) break;
    kept += char;
  }
  return kept;
}

/** `text`, made visible, as wide as `width` columns: cut or filled up. */
export function fitText(raw: string, width: number, mark = '…'): string {
  const text = truncate(raw, width, mark);
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Even the mark may be too wide for very few columns. */
function truncateMark(text: string, width: number): string {
  return textWidth(text) <= width ? text : text.slice(0, width);
}

/** `text`, made visible, broken at spaces into lines of at most `width` columns; a longer word is broken anywhere. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text)
    .split(' ')
    .flatMap((part) => chop(part, width))) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) <= width) line += ` ${word}`;
    else {
      if (line !== '') lines.push(line);
      line = word;
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

function chop(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const char of word) {
    if (piece !== '' && textWidth(piece) + charWidth(char) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += char;
  }
  return [...pieces, piece];
}
