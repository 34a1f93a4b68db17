import { maxOf, minOf } from '../base/extremes.js';
import type { Point } from './series.js';
import type { Span, Tone } from './theme.js';

export interface Line {
  readonly points: readonly Point[];
  readonly tone: Tone;
  /** A character that stands on the line here and there, for those who see no colours. */
  readonly mark?: string;
  /** With a gap after every stroke. */
  readonly dashed?: boolean;
}

/** Characters that tell lines apart, in the order of the lines; they stand in ASCII too. */
const MARKS = 'ox+*#@%&abcdefghijklmnpqrstuvwyz';

/** The mark of a line by its number. */
export function markOf(index: number): string {
  return MARKS[index % MARKS.length]!;
}

interface Plot {
  /** One list of spans for each row, top first; every row is `width` columns wide. */
  readonly rows: readonly (readonly Span[])[];
  /** The figures at the bottom and the top edge; undefined while there is nothing to draw. */
  readonly range: readonly [low: number, high: number] | undefined;
  /** The places on the x axis of the left and the right edge. */
  readonly span: readonly [first: number, last: number] | undefined;
}

interface PlotOptions {
  readonly width: number;
  readonly height: number;
  /** Ratios instead of differences: for figures that fall by orders of magnitude. Needs figures above 0, and is ignored otherwise. */
  readonly logarithmic?: boolean;
  /** What the y axis goes from and to; by default as far as the lines. */
  readonly range?: readonly [low: number, high: number];
  /** What the x axis goes from and to; by default as far as the lines. */
  readonly span?: readonly [first: number, last: number];
}

/** The dot of a braille character at [row][column]; Unicode numbers the first three rows column by column, the fourth after them. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BLANK = 0x2800;

/** The character with the dots for which `isSet` holds, of four rows and two columns; a space for none. */
export function brailleCharacter(isSet: (row: number, column: number) => boolean): string {
  let dots = 0;
  DOTS.forEach((row, y) => {
    row.forEach((dot, x) => {
      if (isSet(y, x)) dots |= dot;
    });
  });
  return characterOf(dots);
}

/** A space instead of the blank braille character: some fonts draw that one with empty circles. */
function characterOf(dots: number): string {
  return dots === 0 ? ' ' : String.fromCharCode(BLANK + dots);
}

/** Draws lines over one x axis with braille dots, two across and four down in a character. A later line lies on top of an earlier one. */
export function plot(
  lines: readonly Line[],
  { width, height, logarithmic = false, range, span }: PlotOptions,
): Plot {
  const points = lines.flatMap((line) => line.points);
  const canvas = new Canvas(width, height);
  if (points.length === 0 || width < 1 || height < 1) {
    return { rows: canvas.rows(), range: undefined, span: undefined };
  }
  const [low, high] = range ?? extent(points);
  const scale = logarithmic && low > 0 ? Math.log : (value: number): number => value;
  const [bottom, top] = [scale(low), scale(high)];
  const toY = (value: number): number => {
    const up = top === bottom ? 0.5 : (scale(value) - bottom) / (top - bottom);
    return Math.round((1 - up) * (4 * height - 1));
  };
  const [first, last] = span ?? spanOf(lines);
  const toX = (x: number): number =>
    last === first ? 0 : Math.round(((x - first) / (last - first)) * (2 * width - 1));
  const drawn = lines.map((line) => draw(canvas, line, toX, toY));
  markLines(canvas, lines, drawn);
  return { rows: canvas.rows(), range: [low, high], span: [first, last] };
}

/** The first and the last place on the x axis that any of the lines has; they must have some. */
export function spanOf(lines: readonly Line[]): [first: number, last: number] {
  return [
    minOf(lines.map((line) => line.points[0]?.x ?? Number.POSITIVE_INFINITY)),
    maxOf(lines.map((line) => line.points.at(-1)?.x ?? Number.NEGATIVE_INFINITY)),
  ];
}

/** Columns from one mark of a line to its next, at least. */
const MARK_EVERY = 12;

/** Puts marks on the lines that have one, each line's in columns of its own, so that lines that lie together show both. */
function markLines(canvas: Canvas, lines: readonly Line[], drawn: readonly Heights[]): void {
  const marked = [...lines.entries()].filter(([, { mark }]) => mark !== undefined);
  const every = Math.max(MARK_EVERY, 2 * marked.length);
  for (const [order, [index, { mark, tone }]] of marked.entries()) {
    const heights = drawn[index]!;
    const offset = Math.floor(((order + 0.5) * every) / marked.length);
    const places = [...heights].filter(([x]) => x % 2 === 0 && (x >> 1) % every === offset);
    // A short line has none of these columns.
    for (const [x, y] of places.length > 0 ? places : [...heights].slice(-1)) canvas.mark(x, y, mark!, tone);
  }
}

/** Where a line lies, in dots from the top, by its columns of dots. */
type Heights = ReadonlyMap<number, number>;

function extent(points: readonly Point[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const point of points) {
    low = Math.min(low, point.low);
    high = Math.max(high, point.high);
  }
  return [low, high];
}

/** One range of dots for each column that has points, and a straight way from the middle of each to the next. */
function draw(canvas: Canvas, line: Line, toX: (x: number) => number, toY: (y: number) => number): Heights {
  const heights = new Map<number, number>();
  const stroke: Stroke = (x, top, bottom) => {
    heights.set(x, Math.round((top + bottom) / 2));
    // A dash is as wide as a character, and so is what follows it.
    if (line.dashed !== true || (x & 2) === 0) canvas.vertical(x, top, bottom, line.tone);
  };
  const columns = new Map<number, { top: number; bottom: number }>();
  for (const point of line.points) {
    const x = toX(point.x);
    const [top, bottom] = [toY(point.high), toY(point.low)];
    const known = columns.get(x);
    if (known === undefined) columns.set(x, { top, bottom });
    else columns.set(x, { top: Math.min(known.top, top), bottom: Math.max(known.bottom, bottom) });
  }
  let previous: { x: number; y: number } | undefined;
  for (const [x, { top, bottom }] of columns) {
    stroke(x, top, bottom);
    const y = (top + bottom) / 2;
    if (previous !== undefined) connect(stroke, previous, { x, y });
    previous = { x, y };
  }
  return heights;
}

type Stroke = (x: number, top: number, bottom: number) => void;

/** One dot a column where the way is flat, a stroke where it is steep. */
function connect(stroke: Stroke, from: { x: number; y: number }, to: { x: number; y: number }): void {
  const slope = (to.y - from.y) / (to.x - from.x);
  const at = (x: number): number => Math.round(from.y + slope * (x - from.x));
  for (let x = from.x; x < to.x; x++) {
    const [here, next] = [at(x), at(x + 1)];
    // The last dot of the stroke belongs to the next column.
    stroke(x, Math.min(here, next + 1), Math.max(here, next - 1));
  }
}

class Canvas {
  readonly #cells: Uint8Array;
  readonly #tones: (Tone | undefined)[];
  readonly #marks = new Map<number, string>();

  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#cells = new Uint8Array(Math.max(0, width * height));
    this.#tones = new Array(this.#cells.length);
  }

  vertical(x: number, top: number, bottom: number, tone: Tone): void {
    for (let y = top; y <= bottom; y++) {
      const cell = (y >> 2) * this.#width + (x >> 1);
      this.#cells[cell]! |= DOTS[y & 3]![x & 1]!;
      this.#tones[cell] = tone;
    }
  }

  /** Puts a character where the dot at this place would be. */
  mark(x: number, y: number, mark: string, tone: Tone): void {
    const cell = (y >> 2) * this.#width + (x >> 1);
    this.#marks.set(cell, mark);
    this.#tones[cell] = tone;
  }

  rows(): Span[][] {
    return Array.from({ length: Math.max(0, this.#height) }, (_, row) => this.#row(row));
  }

  #row(row: number): Span[] {
    const spans: { text: string; tone?: Tone }[] = [];
    for (let column = 0; column < this.#width; column++) {
      const cell = row * this.#width + column;
      const char = this.#marks.get(cell) ?? characterOf(this.#cells[cell]!);
      const tone = char === ' ' ? undefined : this.#tones[cell];
      const last = spans.at(-1);
      if (last !== undefined && (last.tone === tone || char === ' ')) last.text += char;
      else spans.push(tone === undefined ? { text: char } : { text: char, tone });
    }
    return spans;
  }
}
