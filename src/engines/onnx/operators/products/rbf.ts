import { asStored, NO_WEIGHTS, type Operator } from '../contract/operator.js';

/**
 * Squared distances of a vector [F] to fixed centres, [F, units] as Keras has them, which gives [units]: sum_j (x_j - w_ij)^2 = |x|^2 - 2 w_i x + |w_i|^2. The gradient is
 * dx_j = sum_i 2 dy_i (x_j - w_ij).
 */
export const rbf: Operator<'rbf'> = {
  shape: (_inputs, { units }) => ({ shape: [units] }),
  weights: ([x], { centres, units }) => [asStored(centres, [x!.shape[0]!, units])],

  plain({ g, weight }, { centres }, [x]) {
    const w = weight(centres);
    const lengths = g.sum(g.mul(w, w), [0], false);
    const between = g.gemm(x!, w, { alpha: -2, c: lengths });
    return g.add(between, g.sum(g.mul(x!, x!), [1], true));
  },

  train({ g, batch, weight }, { centres, units }, [input], [value]) {
    const [size] = value!.shape as [number];
    const x = g.reshape(input!, [size, batch]);
    const w = weight(centres);
    const lengths = g.reshape(g.sum(g.mul(w, w), [0], false), [units, 1]);
    const between = g.gemm(w, x, { transA: true, alpha: -2, c: lengths });
    return {
      output: g.add(between, g.sum(g.mul(x, x), [0], true)),
      backward(gradient) {
        const dy = g.reshape(gradient, [units, batch]);
        const own = g.mul(x, g.sum(dy, [0], true));
        const dx = g.gemm(w, dy, { alpha: -2, c: own, beta: 2 });
        return { inputs: [dx], weights: NO_WEIGHTS };
      },
    };
  },
};
