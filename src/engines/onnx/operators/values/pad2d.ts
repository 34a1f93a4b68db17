import type { OperatorAttributes, Value } from '../../../../models/lowering/onnx.js';
import type { Ref } from '../../write/ref.js';
import {
  type Emission,
  type Emitted,
  NO_WEIGHTS,
  type Operator,
  sameInBlocks,
} from '../contract/operator.js';
import { coverage, padMap } from '../contract/windows.js';

/**
 * The smallest normal float32. ONNX Runtime (1.30) merges padding with 0 into a max pooling behind it, where padding never
 * wins, although these zeros may; any other number it leaves alone.
 */
const ALMOST_ZERO = 1.1754944e-38;

/** One value around a map: [C, H, W] to [C, top + H + bottom, left + W + right]. In blocks where that value is 0. */
export const pad2d: Operator<'pad2d'> = {
  shape: ([x], { pads }) => ({ shape: padded(x!.shape, pads) }),

  plain({ g }, { pads: [top, left, bottom, right], value }, [x]) {
    return g.pad(x!, [0, 0, top, left], [0, 0, bottom, right], value === 0 ? ALMOST_ZERO : value);
  },

  train: pad,
  // Another value would not keep the zeros that fill up a block.
  blocked: sameInBlocks(pad, (_inputs, { value }) => value === 0),
};

function pad(
  { g, view }: Emission,
  { pads, value: fill }: OperatorAttributes['pad2d'],
  [x]: readonly Ref[],
  [value]: readonly Value[],
): Emitted {
  const [channels, height, width] = value!.shape as [number, number, number];
  const rows = view.rows(channels);
  // The padded map is what a window of one value sees.
  const [, high, wide] = padded(value!.shape, pads) as [number, number, number];
  const geometry = { size: [1, 1], strides: [1, 1], pads, output: [high, wide], dropped: [0, 0] } as const;
  return {
    output: padMap(g, x!, [rows, height, width, view.inner], pads, fill),
    backward(gradient) {
      const kept = coverage(height, width, geometry).map(([place]) => place!);
      const dy = g.reshape(gradient, [rows, high * wide, view.inner]);
      return { inputs: [g.gather(dy, kept, 1)], weights: NO_WEIGHTS };
    },
  };
}

function padded(
  shape: readonly number[],
  [top, left, bottom, right]: readonly [number, number, number, number],
): number[] {
  return [shape[0]!, top + shape[1]! + bottom, left + shape[2]! + right];
}
