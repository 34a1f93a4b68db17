import { UsageError } from '../../base/errors.js';
import { sizeOf, type Tensor } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { AppliedLayer } from './applied.js';

/** What becomes of a layer's output where the picture is shifted to the right. */
export interface Shift {
  /** By so many columns. */
  readonly columns: number;
  /** How many values of the output are as before, place by place. */
  readonly same: number;
  readonly of: number;
  /** By how many columns the whole output has moved; null where it has done anything else. */
  readonly moved: number | null;
}

export interface Shifts {
  readonly layer: string;
  readonly shifts: readonly Shift[];
}

/**
 * One picture, and after it the same shifted to the right by 1, 2, ... columns; what comes in is 0: [1, H, W, C] to
 * [count + 1, H, W, C].
 * @throws UsageError for several images, for a vector, and where nothing of the picture would be left
 */
export function withShifted({ shape, data }: Tensor, count: number): Tensor {
  const [images, ...rest] = shape as [number, ...number[]];
  if (images !== 1 || rest.length !== 3) {
    const given = images === 1 ? `a vector of ${rest[0]} values` : `${images} images`;
    throw new UsageError(`${setting('shift', count)} shifts one picture, but DATA is ${given}.`);
  }
  const [, width, channels] = rest as [number, number, number];
  if (count >= width) {
    throw new UsageError(
      `${setting('shift', count)}: DATA is ${rest.join('x')}, so that ${width - 1} columns are the most.`,
    );
  }
  const all = new Float32Array((count + 1) * data.length);
  for (let columns = 0; columns <= count; columns++) {
    const kept = (width - columns) * channels;
    for (let from = 0; from < data.length; from += width * channels) {
      all.set(data.subarray(from, from + kept), columns * data.length + from + columns * channels);
    }
  }
  return { shape: [count + 1, ...rest], data: all };
}

/** Compares the output of each shifted picture with that of the first. */
export function shiftsOf({ node, output }: AppliedLayer): Shifts {
  const { name, outputShape, receptiveField } = node;
  const size = sizeOf(outputShape);
  const ofImage = (image: number) => output.data.subarray(image * size, (image + 1) * size);
  const first = ofImage(0);
  const isSame = closeTo(output.data);
  const shifts = Array.from({ length: output.shape[0]! - 1 }, (_, i): Shift => {
    const columns = i + 1;
    const values = ofImage(columns);
    const same = first.reduce((sum, value, at) => sum + (isSame(value, values[at]!) ? 1 : 0), 0);
    const expected = receptiveField === null ? Number.NaN : columns / receptiveField.stride[1];
    const moved = hasMoved(first, values, outputShape, expected, isSame) ? expected : null;
    return { columns, same, of: size, moved: same === size ? 0 : moved };
  });
  return { layer: name, shifts };
}

type Compare = (a: number, b: number) => boolean;

/** Sums of one picture in a batch may be rounded otherwise than those of another. */
function closeTo(values: Float32Array): Compare {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (a, b) => Math.abs(a - b) <= 1e-5 * largest;
}

/** Whether a map is another one, moved to the right by so many columns; what comes in from the edge may be anything. */
function hasMoved(
  before: Float32Array,
  after: Float32Array,
  [, width, channels]: readonly number[],
  columns: number,
  isSame: Compare,
): boolean {
  if (!Number.isInteger(columns) || columns >= width!) return false;
  const offset = columns * channels!;
  return after.every((value, at) => {
    const column = Math.floor(at / channels!) % width!;
    return column < columns || isSame(before[at - offset]!, value);
  });
}
