import { charWidth } from '../../src/terminal/text.js';

/** How a run of characters looks; colours are CSS colours, undefined is the terminal's own. */
export interface Style {
  readonly color?: string;
  readonly background?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly reverse?: boolean;
}

/** Characters of one look, `column` columns from the left. */
export interface Run {
  readonly column: number;
  readonly width: number;
  readonly text: string;
  readonly style: Style;
}

/** The sixteen colours, then the cube of 216 and the 24 greys are computed. */
const SIXTEEN = [
  '#484f58',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#58a6ff',
  '#bc8cff',
  '#39c5cf',
  '#b1bac4',
  '#6e7681',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#f0f6fc',
] as const;

const ATTRIBUTES: Record<number, Style> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { reverse: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { reverse: false },
  39: { color: undefined },
  49: { background: undefined },
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /\u001b\[([\d;:]*)m|(\u001b(?:\[[^@-~]*[@-~]|[()].|.))|([^\u001b]+)/g;

/** Reads lines with SGR sequences, as `tmux capture-pane -e -p` prints them, into runs; other sequences are left out. */
export function parseAnsi(input: string): Run[][] {
  let style: Style = {};
  return input
    .replace(/\n+$/, '')
    .split(/\r?\n/)
    .map((line) => {
      const runs: Run[] = [];
      let column = 0;
      for (const [, codes, , text] of line.matchAll(SEQUENCE)) {
        if (codes !== undefined) style = applySgr(style, codes);
        if (text === undefined) continue;
        for (const run of splitWide(text)) {
          runs.push({ ...run, column, style });
          column += run.width;
        }
      }
      return runs;
    });
}

/** Wide characters stand alone, so that each can be put into its two columns. */
function splitWide(text: string): { text: string; width: number }[] {
  const runs: { text: string; width: number }[] = [];
  let narrow = false;
  for (const char of text) {
    const width = charWidth(char);
    const last = runs.at(-1);
    if (last !== undefined && (width === 0 || (narrow && width === 1))) {
      last.text += char;
      last.width += width;
    } else {
      runs.push({ text: char, width });
      narrow = width === 1;
    }
  }
  return runs;
}

function applySgr(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let result = style;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 38 || code === 48) {
      const [color, used] = extendedColor(codes.slice(i + 1));
      result = { ...result, [code === 38 ? 'color' : 'background']: color };
      i += used;
    } else result = code === 0 ? {} : { ...result, ...ATTRIBUTES[code], ...sixteenColors(code) };
  }
  return result;
}

function sixteenColors(code: number): Style {
  const index = code % 10;
  if (index > 7) return {};
  switch (code - index) {
    case 30:
      return { color: SIXTEEN[index] };
    case 90:
      return { color: SIXTEEN[index + 8] };
    case 40:
      return { background: SIXTEEN[index] };
    case 100:
      return { background: SIXTEEN[index + 8] };
    default:
      return {};
  }
}

/** The colour after 38 or 48, and how many codes it took. */
function extendedColor(codes: readonly number[]): [color: string | undefined, used: number] {
  if (codes[0] === 5) return [indexedColor(codes[1] ?? 0), 2];
  if (codes[0] === 2) return [`rgb(${codes.slice(1, 4).join(',')})`, 4];
  return [undefined, 0];
}

function indexedColor(index: number): string {
  if (index < 16) return SIXTEEN[index]!;
  if (index >= 232)
    return `rgb(${Array(3)
      .fill(8 + 10 * (index - 232))
      .join(',')})`;
  const level = (value: number): number => (value === 0 ? 0 : 55 + 40 * value);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}
