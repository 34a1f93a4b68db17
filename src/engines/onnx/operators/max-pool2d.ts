import type { Operator } from './operator.js';
import { NO_WEIGHTS } from './operator.js';
import { coverage, gatherSum, padMap, tapsOf } from './windows.js';

/**
 * Max pooling. With the batch innermost it is a pooling in three dimensions whose third extent is 1: 0.21 ms for 5.5 MB
 * where the plain layout takes 0.48 and asking for indices 3.3.
 *
 * The gradient goes to the first largest value of a window, as in TensorFlow: place after place takes what is left where
 * its value equals the maximum.
 */
export const maxPool2d: Operator<'maxPool2d'> = {
  shape: ([x], { geometry }) => ({ shape: [x!.shape[0]!, ...geometry.output] }),

  plain({ g, batch }, { geometry }, [x], [value]) {
    const { size, strides, pads, output } = geometry;
    return g.op('MaxPool', [x!], [batch, value!.shape[0]!, ...output], { kernel_shape: size, strides, pads });
  },

  train({ g, batch }, { geometry }, [x], [value]) {
    const [channels, height, width] = value!.shape as [number, number, number];
    const { size, strides, pads, output } = geometry;
    const [top, left, bottom, right] = pads;
    const pooled = g.op(
      'MaxPool',
      [g.reshape(x!, [channels, 1, height, width, batch])],
      [channels, 1, ...output, batch],
      {
        kernel_shape: [...size, 1],
        strides: [...strides, 1],
        pads: [top, left, 0, bottom, right, 0],
      },
    );
    return {
      output: pooled,
      backward(gradient) {
        const { positions, windows } = tapsOf(height, width, geometry);
        const values = padMap(g, x!, value!.shape, batch, geometry, -3e38);
        const largest = g.reshape(pooled, [channels, windows, batch]);
        let rest = g.reshape(gradient, [channels, windows, batch]);
        const shares = positions.map((places, tap) => {
          // Nothing is left behind the last place, unless that may lie in the padding.
          if (tap === positions.length - 1 && bottom + right === 0) return rest;
          const share = g.mul(rest, g.notNegative(g.sub(g.gather(values, places, 1), largest)));
          rest = g.sub(rest, share);
          return share;
        });
        const dx = gatherSum(g, g.concat(shares, 1), coverage(height, width, geometry));
        return { inputs: [dx], weights: NO_WEIGHTS };
      },
    };
  },
};
