import { maxOf } from '../../../../base/extremes.js';
import { sizeOf } from '../../../../base/tensor.js';
import type { WindowGeometry } from '../../../../models/graph/window.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';

/** The positions of a window over a padded input of Hp x Wp values, row by row. */
interface Taps {
  /** Rows and columns of the padded input. */
  readonly padded: readonly [number, number];
  /** Windows: output height times width. */
  readonly windows: number;
  /** For each place in the window, row by row: the padded input's index under it, for every window. */
  readonly positions: readonly Int32Array[];
}

function tapsOf(height: number, width: number, geometry: WindowGeometry): Taps {
  const [top, left, bottom, right] = geometry.pads;
  const [hp, wp] = [top + height + bottom, left + width + right];
  const [rows, columns] = geometry.output;
  const [sy, sx] = geometry.strides;
  const positions: Int32Array[] = [];
  for (let i = 0; i < geometry.size[0]; i++) {
    for (let j = 0; j < geometry.size[1]; j++) {
      positions.push(
        Int32Array.from(
          { length: rows * columns },
          (_, w) => (Math.floor(w / columns) * sy + i) * wp + (w % columns) * sx + j,
        ),
      );
    }
  }
  return { padded: [hp, wp], windows: rows * columns, positions };
}

/** A map [rows, H, W, inner] padded as `pads` say and seen as [rows, Hp * Wp, inner]. */
export function padMap(
  g: GraphWriter,
  x: Ref,
  [rows, height, width, inner]: readonly [number, number, number, number],
  [top, left, bottom, right]: WindowGeometry['pads'],
  fill = 0,
): Ref {
  const map = g.reshape(x, [rows, height, width, inner]);
  const padded = g.pad(map, [0, top, left, 0], [0, bottom, right, 0], fill);
  return g.reshape(padded, [rows, sizeOf(padded.dims.slice(1, 3)), inner]);
}

/** Whether there is one window, and it is all of the map: unfolded the map stays as it is. */
export function isWholeMap(
  [, height, width]: readonly number[],
  { size, output, pads }: WindowGeometry,
): boolean {
  return sizeOf(output) === 1 && size[0] === height && size[1] === width && pads.every((pad) => pad === 0);
}

/**
 * Unfolds windows into columns (im2col): [C, H, W, N] to [C * kh * kw, windows * N].
 */
export function unfold(
  g: GraphWriter,
  x: Ref,
  shape: readonly number[],
  batch: number,
  geometry: WindowGeometry,
): Ref {
  const [channels, height, width] = shape as [number, number, number];
  const { positions, windows } = tapsOf(height, width, geometry);
  const map = padMap(g, x, [channels, height, width, batch], geometry.pads);
  const isAsUnfolded = isWholeMap(shape, geometry) || (positions.length === 1 && windows === map.dims[1]);
  const columns = isAsUnfolded ? map : g.gather(map, concatenated(positions), 1);
  return g.reshape(columns, [channels * positions.length, windows * batch]);
}

/**
 * The same of windows that move by one, in another order: [kw * C * kh, windows * N]. What moves at once is a whole row of
 * windows instead of one value of N images: for few images this is faster, although all of it moves twice.
 * (14x14x32 by 3x3 at a batch of 8, and the product with it: 0.28 ms instead of 0.57; at 64 1.07 instead of 0.62.)
 */
export function unfoldInRows(
  g: GraphWriter,
  x: Ref,
  shape: readonly number[],
  batch: number,
  { size: [kh, kw], pads, output: [rows, columns] }: WindowGeometry,
): Ref {
  const [channels, height, width] = shape as [number, number, number];
  const [top, left, bottom, right] = pads;
  const [hp, wp] = [top + height + bottom, left + width + right];
  const map = g.reshape(padMap(g, x, [channels, height, width, batch], pads), [channels * hp, wp * batch]);
  const shifted = Array.from({ length: kw }, (_, j) =>
    g.reshape(g.slice(map, j * batch, (j + columns) * batch, 1), [channels, hp, columns * batch]),
  );
  const places = Int32Array.from({ length: kh * rows }, (_, i) => Math.floor(i / rows) + (i % rows));
  return g.reshape(g.gather(g.concat(shifted, 0), places, 1), [kw * channels * kh, rows * columns * batch]);
}

/**
 * For every real (unpadded) input value, which windows' places lie over it, as indices into [kh * kw, windows].
 */
export function coverage(height: number, width: number, geometry: WindowGeometry): number[][] {
  const { positions, windows, padded } = tapsOf(height, width, geometry);
  const [top, left] = geometry.pads;
  const lists: number[][] = Array.from({ length: height * width }, () => []);
  positions.forEach((places, tap) => {
    places.forEach((position, w) => {
      const y = Math.floor(position / padded[1]) - top;
      const x = (position % padded[1]) - left;
      if (y >= 0 && y < height && x >= 0 && x < width) lists[y * width + x]!.push(tap * windows + w);
    });
  });
  return lists;
}

/**
 * Folds windows back (col2im): sums for every input value the entries in its list, [rows, entries, inner] to
 * [rows, lists, inner]. The entries are given in pieces, one behind the other.
 * Gather with constant indices runs at 37 GB/s on ONNX Runtime's CPU provider, ScatterElements at a tenth of it.
 */
export function gatherSum(
  g: GraphWriter,
  pieces: readonly Ref[],
  lists: readonly (readonly number[])[],
): Ref {
  const passes = maxOf(
    lists.map((list) => list.length),
    1,
  );
  const zero = pieces.reduce((sum, piece) => sum + piece.dims[1]!, 0);
  const short = lists.some((list) => list.length < passes);
  const source = g.concat(short ? [...pieces, zeroEntry(g, pieces[0]!)] : pieces, 1);
  let sum: Ref | undefined;
  for (let pass = 0; pass < passes; pass++) {
    const places = Int32Array.from(lists, (list) => list[pass] ?? zero);
    const found = g.gather(source, places, 1);
    sum = sum ? g.add(sum, found) : found;
  }
  return sum!;
}

/** An entry of zeros to append to [rows, entries, inner]: joining is twice as fast as padding. */
function zeroEntry(g: GraphWriter, { dims: [rows, , inner] }: Ref): Ref {
  return g.constant(new Float32Array(rows! * inner!), [rows!, 1, inner!]);
}

/** Entries of [rows, entries, inner], whose pieces lie one behind the other, by index; -1 gives zeros. */
export function pickOrZero(g: GraphWriter, pieces: readonly Ref[], indices: Int32Array): Ref {
  if (!indices.includes(-1)) return g.gather(g.concat(pieces, 1), indices, 1);
  const zero = pieces.reduce((sum, piece) => sum + piece.dims[1]!, 0);
  const source = g.concat([...pieces, zeroEntry(g, pieces[0]!)], 1);
  return g.gather(
    source,
    indices.map((i) => (i < 0 ? zero : i)),
    1,
  );
}

/** Where each of `length` places stands in a list of them; -1 for those that it leaves out. */
export function inverse(places: ArrayLike<number>, length: number): Int32Array {
  const back = new Int32Array(length).fill(-1);
  for (let at = 0; at < places.length; at++) if (places[at]! >= 0) back[places[at]!] = at;
  return back;
}

function concatenated(arrays: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(arrays.reduce((sum, a) => sum + a.length, 0));
  let at = 0;
  for (const a of arrays) {
    all.set(a, at);
    at += a.length;
  }
  return all;
}
