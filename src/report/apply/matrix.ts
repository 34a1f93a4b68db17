import { maxOf } from '../../base/extremes.js';
import type { Tensor } from '../../base/tensor.js';

/** A matrix of texts, row by row. */
export type Cells = readonly (readonly string[])[];

/** More rows or columns than this are not drawn. */
const MOST_ROWS = 32;
export const MOST_COLUMNS = 32;

const GAP = '  ';

/** Digits that a value has after the point where the largest value is this large: `figures` together. */
function decimalsFor(values: ArrayLike<number>, figures: number): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) largest = Math.max(largest, Math.abs(values[i]!));
  }
  return largest === 0 ? 0 : Math.max(0, Math.min(10, figures - 1 - Math.floor(Math.log10(largest))));
}

/** Writes the values of one matrix alike: so many digits as the largest needs, and none that says nothing. */
export function numberWriter(values: ArrayLike<number>, figures = 5): (value: number) => string {
  const decimals = decimalsFor(values, figures);
  return (value) => {
    if (Number.isNaN(value)) return '.';
    if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
    if (Math.abs(value) >= 1e9) return value.toExponential(4);
    const text = value.toFixed(decimals);
    const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    return short === '-0' ? '0' : short;
  };
}

/** Cells in columns, aligned at the decimal point; one line a row. */
export function alignCells(cells: Cells): string[] {
  const columns = cells[0]?.length ?? 0;
  const padded = Array.from({ length: columns }, (_, column) =>
    alignColumn(cells.map((row) => row[column]!)),
  );
  return cells.map((_, row) =>
    padded
      .map((column) => column[row]!)
      .join(GAP)
      .trimEnd(),
  );
}

function alignColumn(texts: readonly string[]): string[] {
  const isNumber = (text: string) => /^-?\d/.test(text);
  const wholeOf = (text: string) => (isNumber(text) ? text.split('.')[0]!.length : 0);
  const restOf = (text: string) => (isNumber(text) ? text.length - wholeOf(text) : 0);
  const whole = maxOf(texts.map(wholeOf), 0);
  const rest = maxOf(texts.map(restOf), 0);
  const width = maxOf(
    texts.map(({ length }) => length),
    whole + rest,
  );
  return texts.map((text) =>
    isNumber(text)
      ? (' '.repeat(whole - wholeOf(text)) + text).padEnd(whole + rest).padStart(width)
      : text.padStart(Math.max(whole, text.length)).padEnd(width),
  );
}

/** A drawing of several lines under a title. */
export interface Block {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What is written into the cells of a matrix, and how wide it may become. */
export interface MatrixStyle {
  write(value: number): string;
  readonly width: number;
}

/** One matrix of a tensor, [H, W] at `offset` of every `stride` values, cut where it is large. */
export function matrixLines(
  { data }: Tensor,
  [height, width]: readonly [number, number],
  offset: number,
  stride: number,
  style: MatrixStyle,
): string[] {
  const rows = Math.min(height, MOST_ROWS);
  const cellsOf = (columns: number): string[][] =>
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) =>
        style.write(data[offset + (row * width + column) * stride]!),
      ),
    );
  const cells = cellsOf(Math.min(width, MOST_COLUMNS));
  const kept = columnsThatFit(cells, width, style.width);
  const shown = cells.map((row) => (kept < width ? [...row.slice(0, kept), '...'] : row));
  return rows < height ? [...alignCells(shown), '...'] : alignCells(shown);
}

/** How many of the columns stand in a line of `room` characters, with a mark where some of `all` are missing. */
function columnsThatFit(cells: Cells, all: number, room: number): number {
  const count = cells[0]!.length;
  const lengths = Array.from(
    { length: count },
    (_, column) => alignColumn(cells.map((row) => row[column]!))[0]!.length,
  );
  let used = 0;
  for (const [column, length] of lengths.entries()) {
    const isLast = column === all - 1;
    used += (column > 0 ? GAP.length : 0) + length;
    if (used + (isLast ? 0 : GAP.length + 3) > room) return Math.max(1, column);
  }
  return count;
}

const BETWEEN = '    ';

/** Blocks side by side, as many in a line as fit into `width` columns, and no more than into `widest`. */
export function sideBySide(blocks: readonly Block[], width: number, widest = WIDEST): string[] {
  const lines: string[] = [];
  let line: Block[] = [];
  let used = 0;
  const flush = () => {
    if (line.length > 0) lines.push(...(lines.length > 0 ? [''] : []), ...joined(line));
    line = [];
    used = 0;
  };
  for (const block of blocks) {
    const own = widthOf(block);
    if (used > 0 && used + BETWEEN.length + own > Math.min(width, widest)) flush();
    used += (used > 0 ? BETWEEN.length : 0) + own;
    line.push(block);
  }
  flush();
  return lines;
}

/** Where the output is no terminal, so many columns stand side by side. */
const WIDEST = 120;

function widthOf({ title, lines }: Block): number {
  return maxOf(
    lines.map(({ length }) => length),
    title.length,
  );
}

function joined(blocks: readonly Block[]): string[] {
  const hasTitles = blocks.some(({ title }) => title !== '');
  const columns = blocks.map((block) => {
    const lines = hasTitles ? [block.title, ...block.lines] : block.lines;
    return lines.map((text) => text.padEnd(widthOf(block)));
  });
  const height = maxOf(columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((column, i) => column[row] ?? ' '.repeat(widthOf(blocks[i]!)))
      .join(BETWEEN)
      .trimEnd(),
  );
}
