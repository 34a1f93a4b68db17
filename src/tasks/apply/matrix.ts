import { UsageError } from '../../base/errors.js';
import { sizeOf, type Tensor } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { cut } from '../../base/text/visible.js';
import { counted } from '../../base/text/words.js';

/** More values than this are no numbers that somebody looks at. */
export const MOST_VALUES = 4_000_000;

/**
 * A map [H, W, C] out of text: rows by `;` or line breaks, values by spaces or commas, channels, each a matrix of its own, by `|`.
 * @param what the text is called in errors: `DATA`, `kernel`
 * @throws UsageError for rows of different lengths, channels of different sizes, and what is no number
 */
export function readMatrix(text: string, what: string): Tensor {
  const planes = text
    .split('|')
    .map((plane, i, all) => readPlane(plane, all.length > 1 ? `${what}, channel ${i}` : what));
  const [height, width] = [planes[0]!.length, planes[0]![0]!.length];
  planes.forEach((plane, i) => {
    if (plane.length === height && plane[0]!.length === width) return;
    throw new UsageError(
      `${what}: channel 0 is ${height}x${width}, but channel ${i} is ${plane.length}x${plane[0]!.length}: channels have one size.`,
    );
  });
  return stacked(
    planes,
    [height, width, planes.length],
    (plane, at) => plane[Math.floor(at / width)]![at % width]!,
  );
}

/** Matrices [kh, kw, C], one a filter, by `/`: a kernel [kh, kw, C, filters]. @throws UsageError */
export function readKernel(text: string, what: string): Tensor {
  const filters = text
    .split('/')
    .map((one, i, all) => readMatrix(one, all.length > 1 ? `${what}, filter ${i}` : what));
  const { shape } = filters[0]!;
  filters.forEach((filter, i) => {
    if (filter.shape.join() === shape.join()) return;
    throw new UsageError(
      `${what}: filter 0 is ${shape.join('x')}, but filter ${i} is ${filter.shape.join('x')}: filters have one shape.`,
    );
  });
  return stacked(filters, [...shape, filters.length], (filter, at) => filter.data[at]!);
}

/** Items side by side as the last axis of `shape`. */
function stacked<T>(
  items: readonly T[],
  shape: readonly number[],
  pick: (item: T, at: number) => number,
): Tensor {
  const data = new Float32Array(sizeOf(shape));
  items.forEach((item, i) => {
    for (let at = 0; at * items.length < data.length; at++) data[at * items.length + i] = pick(item, at);
  });
  return { shape, data };
}

function readPlane(text: string, what: string): number[][] {
  const lines = text.split(/[;\n]/).map((line) => line.trim());
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  const rows = lines.map((line, row) => readRow(line, row, what));
  const odd = rows.findIndex(({ length }) => length !== rows[0]!.length);
  if (odd < 0) return rows;
  throw new UsageError(
    `${what}: row 0 has ${counted(rows[0]!.length, 'value')}, but row ${odd} has ${rows[odd]!.length}: all rows of a matrix are equally long.`,
  );
}

function readRow(line: string, row: number, what: string): number[] {
  if (line === '') {
    throw new UsageError(
      `${what}: row ${row} is empty: a matrix was expected, such as "1 2; 3 4" (values by spaces, rows by ";").`,
    );
  }
  return line.split(/[\s,]+/).map((word, column) => {
    const value = Number(word);
    if (word !== '' && Number.isFinite(Math.fround(value)) && /^[-+.\d]/.test(word)) return value;
    throw new UsageError(
      `${what}: row ${row}, column ${column}: ${JSON.stringify(cut(word))} is no number: a matrix is numbers, such as "1 2; 3 4".`,
    );
  });
}

/** @throws UsageError for more values than can be looked at */
export function requireSize(shape: readonly number[], what: string): void {
  if (sizeOf(shape) > MOST_VALUES) throw tooLarge(`${what} of ${shape.join('x')}`);
}

export function tooLarge(what: string): UsageError {
  return new UsageError(
    `${what} is too large to look at: at most ${formatInteger(MOST_VALUES)} values. Take a part of it, or a smaller picture.`,
  );
}
