import * as z from 'zod';
import { counted, listed } from '../../base/text/words.js';
import type { Shape } from './graph.js';
import { ShapeError } from './shape-error.js';

export type Pair = readonly [number, number];

const positive = z.int().min(1);

/** `3` or `[3, 5]`: [height, width]. */
export const pairSchema = z.union([positive, z.tuple([positive, positive])]);

export const paddingSchema = z
  .union([z.enum(['valid', 'same']), z.int().min(0)])
  .describe(
    "'valid': no padding; 'same': output = ceil(input / stride), as in TensorFlow; a number: so many zeros on every side.",
  );
export type Padding = z.output<typeof paddingSchema>;

/** [height, width] of a `pairSchema` value. */
export function pairOf(value: number | [number, number]): Pair {
  return typeof value === 'number' ? [value, value] : value;
}

export interface WindowGeometry {
  readonly size: Pair;
  readonly strides: Pair;
  /** Rows and columns of padding: [top, left, bottom, right]. */
  readonly pads: readonly [number, number, number, number];
  /** [height, width] */
  readonly output: Pair;
  /** Rows and columns of the padded input that no window reaches. */
  readonly dropped: Pair;
}

/** Whether rows and columns at the end that fill no window are dropped, or get one of their own that reaches over the edge. */
export type Rounding = 'floor' | 'ceil';

interface WindowParams {
  readonly size: number | [number, number];
  readonly strides: number | [number, number];
  readonly padding: Padding;
  readonly rounding?: Rounding;
}

/**
 * Where a window goes over an input of [H, W, ...]: floor((n + pads - size) / stride) + 1 positions in each direction. What
 * `rounding: ceil` adds to that is padding at the end.
 * @throws ShapeError when the window is larger than the padded input.
 */
export function windowGeometry(input: Shape, params: WindowParams): WindowGeometry {
  const size = pairOf(params.size);
  const strides = pairOf(params.strides);
  const vertical = slide(input[0]!, size[0], strides[0], params);
  const horizontal = slide(input[1]!, size[1], strides[1], params);
  if (vertical.output < 1 || horizontal.output < 1) {
    throw new ShapeError(`a ${size.join('x')} window does not fit a ${input[0]}x${input[1]} input`);
  }
  return {
    size,
    strides,
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    output: [vertical.output, horizontal.output],
    dropped: [vertical.dropped, horizontal.dropped],
  };
}

function slide(n: number, size: number, stride: number, { padding, rounding }: WindowParams) {
  let before = 0;
  let after = 0;
  if (padding === 'same') {
    // TensorFlow's rule: an odd total puts the extra row or column at the end.
    const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + size - n);
    before = Math.floor(total / 2);
    after = total - before;
  } else if (padding !== 'valid') {
    before = padding;
    after = padding;
  }
  if (rounding === 'ceil' && padding !== 'same') after += overEdge(n, size, stride, before, after);
  const room = n + before + after - size;
  return {
    before,
    after,
    output: Math.floor(room / stride) + 1,
    dropped: padding === 'same' ? 0 : room % stride,
  };
}

/** Rows beyond the padding for one window more, as PyTorch has it: only where that begins before the padding at the end. */
function overEdge(n: number, size: number, stride: number, before: number, after: number): number {
  const left = (n + before + after - size) % stride;
  const begin = n + before + after - size - left + stride;
  return left > 0 && begin < n + before ? stride - left : 0;
}

/** The note for rows and columns that a window drops without a word. */
export function droppedNote(dropped: Pair): readonly string[] {
  const parts = [several(dropped[0], 'row'), several(dropped[1], 'column')].filter((part) => part !== '');
  return parts.length > 0 ? [`drops the last ${listed(parts)}`] : [];
}

/** One line of arithmetic: how the output size comes about. */
export function explainWindow(input: Shape, geometry: WindowGeometry): string {
  const [top, left, bottom, right] = geometry.pads;
  const side = (n: number, pad: number, f: number, s: number, out: number) =>
    `floor((${n} + ${pad} - ${f}) / ${s}) + 1 = ${out}`;
  const { size, strides, output } = geometry;
  const height = side(input[0]!, top + bottom, size[0], strides[0], output[0]);
  const width = side(input[1]!, left + right, size[1], strides[1], output[1]);
  return height === width
    ? `output height and width: ${height}`
    : `output height: ${height}; width: ${width}`;
}

/** @throws ShapeError unless the shape is [H, W, C]. */
export function requireMap(shape: Shape): void {
  if (shape.length !== 3) {
    throw new ShapeError(`needs a feature map [H, W, C], but its input is a vector of ${shape[0]} values`);
  }
}

/** @throws ShapeError unless the shape is [F]. */
export function requireVector(shape: Shape): void {
  if (shape.length !== 1) {
    throw new ShapeError(
      `needs a vector, but its input is a ${shape.join('x')} feature map: put a flatten layer before it`,
    );
  }
}

/** "row", "3 rows", nothing for none: what comes after "the last". */
function several(count: number, noun: string): string {
  if (count === 0) return '';
  return count === 1 ? noun : counted(count, noun);
}
