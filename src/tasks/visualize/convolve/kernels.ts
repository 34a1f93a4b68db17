import { readFileSync } from 'node:fs';
import { codeOf, messageOf, UsageError, WorkError } from '../../../base/errors.js';
import { exists } from '../../../base/files/folders.js';
import { nearest } from '../../../base/text/nearest.js';
import { setting } from '../../../base/text/settings.js';

/** One filter of a convolution. */
export interface Kernel {
  readonly name: string;
  /** [height, width, channels]; with one channel it is the same for every channel of a picture. */
  readonly shape: readonly [number, number, number];
  /** In the order of `shape`. */
  readonly values: Float32Array;
}

const LINE = Array.from({ length: 7 }, (_, i) => (i === 3 ? 1 : 0));

/** Filters that have a name, as rows. */
const NAMED: Readonly<Record<string, readonly (readonly number[])[]>> = {
  vertical: LINE.map(() => LINE),
  horizontal: LINE.map((one) => LINE.map(() => one)),
  // The slope to the right and the slope downwards (Sobel and Feldman 1968).
  'sobel-x': [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ],
  'sobel-y': [
    [-1, -2, -1],
    [0, 0, 0],
    [1, 2, 1],
  ],
  laplace: [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ],
  // The binomial coefficients of 4, as a bell of 5x5.
  blur: [1, 4, 6, 4, 1].map((a) => [1, 4, 6, 4, 1].map((b) => (a * b) / 256)),
  sharpen: [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ],
};

export const KERNEL_NAMES: readonly string[] = Object.keys(NAMED);

/** The two filters that show what a convolution does: each keeps lines in its own direction and blurs the others. */
export const LINE_KERNELS: readonly Kernel[] = ['vertical', 'horizontal'].map((name) => namedKernel(name));

function namedKernel(name: string): Kernel {
  return kernelOf(name, [NAMED[name]!]);
}

/** @param channels rows of each channel */
function kernelOf(name: string, channels: readonly (readonly (readonly number[])[])[]): Kernel {
  const [height, width] = [channels[0]!.length, channels[0]![0]!.length];
  const places = Array.from(
    { length: height * width },
    (_, i) => [Math.floor(i / width), i % width] as const,
  );
  const values = Float32Array.from(places.flatMap(([y, x]) => channels.map((rows) => rows[y]![x]!)));
  return { name, shape: [height, width, channels.length], values };
}

/**
 * Filters that were asked for: by the name of one, by a CSV file with its rows, or by their values: rows by `;`, values by
 * spaces or commas, channels by `|`, filters by `/`.
 * @throws UsageError for an unknown name, rows of different lengths and what is no number; WorkError for an unreadable file
 */
export function readKernels(text: string): Kernel[] {
  if (text in NAMED) return [namedKernel(text)];
  if (/\.csv$/i.test(text)) return [kernelOf(text, [readRows(readTable(text), text)])];
  if (/^[a-z][a-z-]*$/i.test(text)) throw unknownName(text);
  const filters = text.split('/');
  return filters.map((filter, i) => {
    const name = filters.length === 1 ? filter.trim() : `filter ${i}`;
    return kernelOf(name, readChannels(filter));
  });
}

function unknownName(name: string): UsageError {
  const close = nearest(name, KERNEL_NAMES) ?? KERNEL_NAMES.find((known) => known.startsWith(name));
  const way = close ? `Did you mean "${close}"?` : `There are ${KERNEL_NAMES.join(', ')};`;
  return new UsageError(
    `${setting('kernel', name)}: there is no such filter. ${way}${close ? '' : ' values are written as "0 1 0; 1 -4 1; 0 1 0".'}`,
  );
}

function readTable(path: string): string {
  if (!exists(path)) throw new UsageError(`${setting('kernel', path)}: there is no such file.`);
  try {
    return readFileSync(path, 'utf8').trim().replaceAll(/\r?\n/g, ';');
  } catch (error) {
    throw new WorkError(`${path} cannot be read: ${codeOf(error) ?? messageOf(error)}.`);
  }
}

function readChannels(text: string): number[][][] {
  const channels = text.split('|').map((channel) => readRows(channel, setting('kernel')));
  const sizeOf = (rows: number[][]): string => `${rows.length}x${rows[0]!.length}`;
  const other = channels.findIndex((rows) => sizeOf(rows) !== sizeOf(channels[0]!));
  if (other < 0) return channels;
  throw new UsageError(
    `${setting('kernel')}: channel ${other} is ${sizeOf(channels[other]!)}, but channel 0 is ${sizeOf(channels[0]!)}: all need one size.`,
  );
}

/** @param place for errors: a file or a flag */
function readRows(text: string, place: string): number[][] {
  const rows = text.split(';').map((row, y) =>
    row
      .trim()
      .split(/[\s,]+/)
      .map((word) => readValue(word, y, place)),
  );
  const ragged = rows.findIndex(({ length }) => length !== rows[0]!.length);
  if (ragged < 0) return rows;
  throw new UsageError(
    `${place}: row ${ragged + 1} has ${rows[ragged]!.length} values, but row 1 has ${rows[0]!.length}: all need as many.`,
  );
}

function readValue(word: string, row: number, place: string): number {
  const value = word === '' ? Number.NaN : Number(word);
  if (Number.isFinite(value)) return value;
  const got = word === '' ? 'is empty' : `has ${JSON.stringify(word)}, which is no number`;
  throw new UsageError(`${place}: row ${row + 1} ${got}; values are written as "0 1 0; 1 -4 1; 0 1 0".`);
}
