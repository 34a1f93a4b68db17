import type { WindowGeometry } from '../../../models/window.js';
import { NO_WEIGHTS, type Operator } from './operator.js';
import { coverage, padMap } from './windows.js';

/**
 * The smallest normal float32. ONNX Runtime (1.30) merges padding with 0 into a max pooling behind it, where padding never
 * wins, although these zeros may; any other number it leaves alone.
 */
const ALMOST_ZERO = 1.1754944e-38;

/** One value around a map. */
export const pad2d: Operator<'pad2d'> = {
  shape: ([x], { pads }) => ({ shape: padded(x!.shape, pads) }),

  plain({ g }, { pads: [top, left, bottom, right], value }, [x]) {
    return g.pad(x!, [0, 0, top, left], [0, 0, bottom, right], value === 0 ? ALMOST_ZERO : value);
  },

  train({ g, batch }, { pads, value: fill }, [x], [value]) {
    const [channels, height, width] = value!.shape as [number, number, number];
    // The padded map is what a window of one value sees.
    const [, rows, columns] = padded(value!.shape, pads) as [number, number, number];
    const geometry: WindowGeometry = {
      size: [1, 1],
      strides: [1, 1],
      pads,
      output: [rows, columns],
      dropped: [0, 0],
    };
    return {
      output: padMap(g, x!, value!.shape, batch, geometry, fill),
      backward(gradient) {
        const kept = coverage(height, width, geometry).map(([place]) => place!);
        const dy = g.reshape(gradient, [channels, rows * columns, batch]);
        return { inputs: [g.gather(dy, kept, 1)], weights: NO_WEIGHTS };
      },
    };
  },
};

function padded(
  shape: readonly number[],
  [top, left, bottom, right]: readonly [number, number, number, number],
): number[] {
  return [shape[0]!, top + shape[1]! + bottom, left + shape[2]! + right];
}
