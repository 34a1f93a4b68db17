import type { Tensor } from '../../base/tensor.js';
import { formatValue } from '../../base/text/format.js';
import type { WindowGeometry } from '../graph/window.js';

/** What a layer computes with: its inputs of one image, [H, W, C] or [F] each, and its weights by their own names. */
export interface LayerNumbers {
  readonly inputs: readonly Tensor[];
  /** `kernel`, `bias`, ...: as Keras stores them. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What counts in training besides; absent where the layer is used. */
  readonly training?: {
    /** The inputs of all images, [N, ...]. */
    readonly batch: readonly Tensor[];
    /** Of a dropout layer, for this image: 1 keeps a value, 0 drops it. */
    readonly mask: Uint8Array | undefined;
  };
}

/** A value that has a part in a result, and what it counts for. */
export interface Term {
  readonly input: number;
  readonly weight: number;
  /** Where it stands, [row, column, channel] or [place]; outside of the input lies padding. null of a bias. */
  readonly place: readonly number[] | null;
  /** Which of the layer's inputs it is of, from 0. */
  readonly source: number;
}

/** How one value of a layer's output comes about, before its activation. */
export interface Arithmetic {
  /** `sum`: of input times weight; `max`: the largest input; `formula`: as the text says. */
  readonly rule: 'sum' | 'max' | 'formula';
  readonly terms: readonly Term[];
  /** In double precision. */
  readonly value: number;
  /** With all its numbers: `1*2 + 2*0 = 2, plus bias 3 = 5`. */
  readonly text: string;
}

/** Where the value at a place stands in memory. The place lies within the shape. */
export function indexOf(shape: readonly number[], place: readonly number[]): number {
  return shape.reduce((index, extent, axis) => index * extent + place[axis]!, 0);
}

/** A value of a tensor; `outside` where its place is none. */
export function valueAt({ shape, data }: Tensor, place: readonly number[], outside = 0): number {
  let index = 0;
  for (const [axis, extent] of shape.entries()) {
    const at = place[axis]!;
    if (at < 0 || at >= extent) return outside;
    index = index * extent + at;
  }
  return data[index]!;
}

/** Whether a place lies within a shape. */
export function isWithin(shape: readonly number[], place: readonly number[]): boolean {
  return shape.every((extent, axis) => place[axis]! >= 0 && place[axis]! < extent);
}

/** A place of a window: of the input, where padding lies outside of it, and within the window. */
interface WindowPlace {
  readonly row: number;
  readonly column: number;
  readonly inWindow: readonly [number, number];
}

/** The places of the input that an output at [row, column] sees, padding included, row by row. */
export function windowPlaces(
  { size, strides, pads }: WindowGeometry,
  [row, column]: readonly number[],
): WindowPlace[] {
  const [height, width] = size;
  const top = row! * strides[0] - pads[0];
  const left = column! * strides[1] - pads[1];
  return Array.from({ length: height * width }, (_, i) => {
    const inWindow = [Math.floor(i / width), i % width] as const;
    return { row: top + inWindow[0], column: left + inWindow[1], inWindow };
  });
}

/** The values of one channel that a window covers, without padding, each counting for `weight`. */
export function windowTerms(
  input: Tensor,
  geometry: WindowGeometry,
  [row, column, channel]: readonly number[],
  weightOf: (count: number) => number,
): Term[] {
  const places = windowPlaces(geometry, [row!, column!])
    .map((place) => [place.row, place.column, channel!])
    .filter((place) => isWithin(input.shape, place));
  const weight = weightOf(places.length);
  return places.map((place) => ({ input: valueAt(input, place), weight, place, source: 0 }));
}

/** The sum of input times weight, and a bias where there is one. */
export function weightedSum(terms: readonly Term[], bias?: number): Arithmetic {
  const sum = totalOf(terms);
  const products = writeTerms(terms, ({ input, weight }) => `${factor(input)}*${factor(weight)}`);
  const text = `${products} = ${formatValue(sum)}`;
  if (bias === undefined) return { rule: 'sum', terms, value: sum, text };
  const value = sum + bias;
  return {
    rule: 'sum',
    terms: [...terms, { input: 1, weight: bias, place: null, source: 0 }],
    value,
    text: bias === 0 ? text : `${text}, plus bias ${formatValue(bias)} = ${formatValue(value)}`,
  };
}

/** Their mean: each term has the weight 1 / count. */
export function meanOf(terms: readonly Term[]): Arithmetic {
  const value = totalOf(terms);
  const sum = writeTerms(terms, ({ input }) => factor(input));
  return { rule: 'sum', terms, value, text: `(${sum}) / ${terms.length} = ${formatValue(value)}` };
}

/** The largest of them. */
export function largestOf(terms: readonly Term[]): Arithmetic {
  const value = terms.reduce((largest, { input }) => Math.max(largest, input), Number.NEGATIVE_INFINITY);
  const values = writeTerms(terms, ({ input }) => formatValue(input), ', ');
  return { rule: 'max', terms, value, text: `max(${values}) = ${formatValue(value)}` };
}

/** One value as it is. */
export function copied(
  { input, place, source = 0 }: { input: number; place: readonly number[] | null; source?: number },
  what: string,
): Arithmetic {
  const terms = [{ input, weight: 1, place, source }];
  return { rule: 'sum', terms, value: input, text: `${what} = ${formatValue(input)}` };
}

/** The sum of input times weight. */
export function totalOf(terms: readonly Term[]): number {
  return terms.reduce((sum, { input, weight }) => sum + input * weight, 0);
}

/** More terms than this are not all written out. */
const MOST_TERMS = 100;
/** So many of them are then. */
const SHOWN_TERMS = 24;

/** Terms one after the other; of very many the first, and how many there are. */
export function writeTerms(terms: readonly Term[], write: (term: Term) => string, between = ' + '): string {
  if (terms.length <= MOST_TERMS) return terms.map(write).join(between);
  const shown = terms.slice(0, SHOWN_TERMS).map(write).join(between);
  return `${shown}${between}... (${terms.length} terms)`;
}

/** A number inside a formula: in brackets where it is negative. */
export function factor(value: number): string {
  const text = formatValue(value);
  return text.startsWith('-') ? `(${text})` : text;
}

/** "row 1, column 2, channel 0" or "place 7" */
export function describePlace(place: readonly number[]): string {
  if (place.length === 1) return `place ${place[0]}`;
  const [row, column, channel] = place;
  return `row ${row}, column ${column}, channel ${channel}`;
}
