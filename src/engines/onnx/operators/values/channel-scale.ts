import { sizeOf } from '../../../../base/tensor.js';
import { asStored, type Operator } from '../contract/operator.js';

/** Each channel of a map [C, H, W] times its coefficient plus its bias, both [C]. The shape stays. */
export const channelScale: Operator<'channelScale'> = {
  shape: ([x]) => x!,

  weights: ([x], { coefficient, bias }) => [coefficient, bias].map((name) => asStored(name, [x!.shape[0]!])),

  plain({ g, weight }, { coefficient, bias }, [x]) {
    const dims = [x!.dims[1]!, 1, 1];
    return g.add(g.mul(x!, g.reshape(weight(coefficient), dims)), g.reshape(weight(bias), dims));
  },

  train({ g, batch, weight }, { coefficient, bias }, [input], [value]) {
    const [channels, ...extents] = value!.shape as [number, ...number[]];
    const x = g.reshape(input!, [channels, sizeOf(extents) * batch]);
    const factor = g.reshape(weight(coefficient), [channels, 1]);
    return {
      output: g.add(g.mul(x, factor), g.reshape(weight(bias), [channels, 1])),
      backward(gradient) {
        const dy = g.reshape(gradient, x.dims);
        const weights = new Map([
          [coefficient, g.sum(g.mul(dy, x), [1], false)],
          [bias, g.sum(dy, [1], false)],
        ]);
        return { inputs: [g.mul(dy, factor)], weights };
      },
    };
  },
};
