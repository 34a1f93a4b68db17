import type { Interpolation } from '../../recipe/pixels.js';

/** Pixels, [H, W, C] bytes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** A part of a picture that was brought to another size. */
export interface Cut {
  /** Of the whole picture then. */
  readonly width: number;
  readonly height: number;
  /** What is kept of it. */
  readonly left: number;
  readonly top: number;
  readonly cropWidth: number;
  readonly cropHeight: number;
}

/** What a filter counts for at a distance in pixels of the smaller picture, and how far it reaches. */
interface Filter {
  readonly reach: number;
  at(distance: number): number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** As Pillow has them (libImaging/Resample.c); the cubic is Keys's with a = -0.5. */
const FILTERS: Readonly<Record<Interpolation, Filter>> = {
  bilinear: { reach: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    reach: 2,
    at(distance) {
      const x = Math.abs(distance);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
    },
  },
  lanczos3: { reach: 3, at: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights are whole numbers of 1 / 2^22, as in Pillow, so that the same bytes come out. */
const BITS = 22;
const ONE = 2 ** BITS;
const HALF = 2 ** (BITS - 1);

/** Which pixels of a line make each of some pixels of a line of another length, and what they count for. */
interface Taps {
  /** The first one for each, and how many. */
  readonly from: Int32Array;
  readonly counts: Int32Array;
  /** [pixels, most] */
  readonly weights: Int32Array;
  readonly most: number;
}

/**
 * The taps of pixels `first` to `first + count` of a line of `to` pixels that is made from one of `from`: a filter that is as
 * much wider as the line becomes shorter, so that every pixel has its part (antialiasing).
 */
function tapsOf(filter: Filter, from: number, to: number, first: number, count: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = filter.reach * stretch;
  const most = Math.ceil(reach) * 2 + 1;
  const taps = {
    from: new Int32Array(count),
    counts: new Int32Array(count),
    weights: new Int32Array(count * most),
    most,
  };
  const raw = new Float64Array(most);
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    let sum = 0;
    for (let k = 0; k < end - begin; k++) {
      raw[k] = filter.at((begin + k - centre + 0.5) * (1 / stretch));
      sum += raw[k]!;
    }
    taps.from[i] = begin;
    taps.counts[i] = end - begin;
    for (let k = 0; k < end - begin; k++) taps.weights[i * most + k] = inBits(raw[k]! / (sum || 1));
  }
  return taps;
}

function inBits(weight: number): number {
  return Math.trunc(weight * ONE + (weight < 0 ? -0.5 : 0.5));
}

function clamped(sum: number): number {
  const byte = sum >> BITS;
  return byte < 0 ? 0 : byte > 255 ? 255 : byte;
}

/**
 * A picture brought to another size and cut, with the bytes that Pillow's `resize` and `crop` give: first along its rows, then
 * along its columns, rounded in between. Only what is kept is computed.
 */
export function resampled(picture: Pixels, cut: Cut, interpolation: Interpolation): Uint8Array {
  const filter = FILTERS[interpolation];
  const { height, channels } = picture;
  const down = tapsOf(filter, height, cut.height, cut.top, cut.cropHeight);
  const last = cut.cropHeight - 1;
  const firstRow = height === cut.height ? cut.top : down.from[0]!;
  const endRow = height === cut.height ? cut.top + cut.cropHeight : down.from[last]! + down.counts[last]!;
  const rows = narrowed(picture, cut, filter, firstRow, endRow - firstRow);
  if (height === cut.height) return rows;
  return lowered(rows, down, firstRow, cut.cropWidth * channels);
}

/** So many rows of a picture from one on, brought to the width of a cut: [rows, cropWidth, C]. */
function narrowed(
  { data, width, channels }: Pixels,
  { width: to, left, cropWidth }: Cut,
  filter: Filter,
  firstRow: number,
  rows: number,
): Uint8Array {
  const out = new Uint8Array(rows * cropWidth * channels);
  if (width === to) {
    for (let y = 0; y < rows; y++) {
      const at = ((firstRow + y) * width + left) * channels;
      out.set(data.subarray(at, at + cropWidth * channels), y * cropWidth * channels);
    }
    return out;
  }
  const taps = tapsOf(filter, width, to, left, cropWidth);
  for (let y = 0; y < rows; y++) {
    const row = (firstRow + y) * width * channels;
    for (let c = 0; c < channels; c++)
      narrowLine(data, row + c, channels, taps, out, y * cropWidth * channels + c);
  }
  return out;
}

/** One channel of a row: every so many bytes of `data` from `row` on, and of `out` from `at` on. */
function narrowLine(
  data: Uint8Array,
  row: number,
  step: number,
  { from, counts, weights, most }: Taps,
  out: Uint8Array,
  at: number,
): void {
  for (let x = 0; x < from.length; x++) {
    const first = x * most;
    const end = first + counts[x]!;
    let place = row + from[x]! * step;
    let sum = HALF;
    for (let k = first; k < end; k++) {
      sum = (sum + data[place]! * weights[k]!) | 0;
      place += step;
    }
    out[at + x * step] = clamped(sum);
  }
}

/** Rows from `firstRow` on, each of `line` bytes, brought to another height. */
function lowered(
  rows: Uint8Array,
  { from, counts, weights, most }: Taps,
  firstRow: number,
  line: number,
): Uint8Array {
  const out = new Uint8Array(from.length * line);
  const sums = new Int32Array(line);
  for (let y = 0; y < from.length; y++) {
    sums.fill(HALF);
    for (let k = 0; k < counts[y]!; k++) {
      const weight = weights[y * most + k]!;
      const at = (from[y]! - firstRow + k) * line;
      for (let i = 0; i < line; i++) sums[i] = (sums[i]! + rows[at + i]! * weight) | 0;
    }
    for (let i = 0; i < line; i++) out[y * line + i] = clamped(sums[i]!);
  }
  return out;
}
