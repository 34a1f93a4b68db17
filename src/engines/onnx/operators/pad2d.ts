import type { WindowGeometry } from '../../../models/window.js';
import { NO_WEIGHTS, type Operator } from './operator.js';
import { coverage, padMap } from './windows.js';

/** Zeros around a map. */
export const pad2d: Operator<'pad2d'> = {
  shape: ([x], { pads }) => ({ shape: padded(x!.shape, pads) }),

  plain({ g }, { pads: [top, left, bottom, right] }, [x]) {
    return g.pad(x!, [0, 0, top, left], [0, 0, bottom, right]);
  },

  train({ g, batch }, { pads }, [x], [value]) {
    const [channels, height, width] = value!.shape as [number, number, number];
    // The padded map is what a window of one value sees.
    const [, rows, columns] = padded(value!.shape, pads) as [number, number, number];
    const geometry: WindowGeometry = { size: [1, 1], strides: [1, 1], pads, output: [rows, columns], dropped: [0, 0] };
    return {
      output: padMap(g, x!, value!.shape, batch, geometry),
      backward(gradient) {
        const kept = coverage(height, width, geometry).map(([place]) => place!);
        const dy = g.reshape(gradient, [channels, rows * columns, batch]);
        return { inputs: [g.gather(dy, kept, 1)], weights: NO_WEIGHTS };
      },
    };
  },
};

function padded(shape: readonly number[], [top, left, bottom, right]: readonly [number, number, number, number]): number[] {
  return [shape[0]!, top + shape[1]! + bottom, left + shape[2]! + right];
}
