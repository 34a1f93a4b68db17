import type { Tensor } from './tensor.js';

/** So many rows of a matrix are turned at a time. */
const ROWS = 64;
/** Values between rows in memory: a processor's cache would put rows of 2^n values all in one place. */
const GAP = 16;

/** Fills `into` with the values of a matrix from the one at place `begin` on, in row-major order. */
type ReadValues = (into: Float32Array, begin: number) => void;

/**
 * Turns a matrix as it is read: column `c` becomes the row `rowOf(c)`. Beside the whole there are a few rows in memory.
 * @param read reads a matrix of [rows, columns]
 * @param into takes [columns, rows]
 */
export function turnMatrix(
  read: ReadValues,
  [rows, columns]: readonly [number, number],
  rowOf: (column: number) => number,
  into: Tensor['data'],
): void {
  const places = Int32Array.from({ length: columns }, (_, column) => rowOf(column) * rows);
  const pitch = columns + GAP;
  // One piece of memory for all parts: a system takes its time to hand out new ones.
  const staging = new Float32Array(Math.min(ROWS, rows) * pitch);
  for (let first = 0; first < rows; first += ROWS) {
    const count = Math.min(ROWS, rows - first);
    for (let row = 0; row < count; row++)
      read(staging.subarray(row * pitch, row * pitch + columns), (first + row) * columns);
    turnPart(staging, { count, pitch }, places, into, first);
  }
}

function turnPart(
  staging: Float32Array,
  { count, pitch }: { readonly count: number; readonly pitch: number },
  places: Int32Array,
  into: Float32Array,
  first: number,
): void {
  for (let column = 0; column < places.length; column++) {
    let place = places[column]! + first;
    const end = column + count * pitch;
    for (let at = column; at < end; at += pitch) into[place++] = staging[at]!;
  }
}
