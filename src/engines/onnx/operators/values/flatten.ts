import { sizeOf } from '../../../../base/tensor.js';
import { NO_WEIGHTS, type Operator } from '../contract/operator.js';

/**
 * A map [C, H, W] as a vector [H * W * C] in the order in which Keras has it: height, width, channels. So the kernel of a dense layer behind
 * it needs no other order than that in which it is stored, which with 100 million values takes seconds to change.
 */
export const flatten: Operator<'flatten'> = {
  shape: ([x]) => ({ shape: [sizeOf(x!.shape)] }),

  plain({ g, batch }, _attributes, [x], [value]) {
    const [channels, ...extents] = value!.shape as [number, ...number[]];
    const places = sizeOf(extents);
    const turned = g.transpose(g.reshape(x!, [batch, channels, places]), [0, 2, 1]);
    return g.reshape(turned, [batch, channels * places]);
  },

  train({ g, batch }, _attributes, [x], [value]) {
    const [channels, ...extents] = value!.shape as [number, ...number[]];
    const places = sizeOf(extents);
    const output = g.transpose(g.reshape(x!, [channels, places, batch]), [1, 0, 2]);
    return {
      output: g.reshape(output, [channels * places, batch]),
      backward(dy) {
        const turned = g.transpose(g.reshape(dy, [places, channels, batch]), [1, 0, 2]);
        return { inputs: [g.reshape(turned, [channels * places, batch])], weights: NO_WEIGHTS };
      },
    };
  },
};
