import { denseLayout } from './dense.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/**
 * Squared distances to fixed centres: sum_j (x_j - w_ij)^2 = |x|^2 - 2 w_i x + |w_i|^2. The gradient is
 * dx_j = sum_i 2 dy_i (x_j - w_ij).
 */
export const rbf: Operator<'rbf'> = {
  shape: (_inputs, { units }) => ({ shape: [units] }),
  weights: ([x], { centres, units }) => [denseLayout(centres, x!, units)],

  plain({ g, weight }, { centres, units }, [x]) {
    const w = g.reshape(weight(centres), [units, x!.dims[1]!]);
    const lengths = g.sum(g.mul(w, w), [1], false);
    const between = g.gemm(x!, w, { transB: true, alpha: -2, c: lengths });
    return g.add(between, g.sum(g.mul(x!, x!), [1], true));
  },

  train({ g, batch, weight }, { centres, units }, [input], [value]) {
    const [size] = value!.shape as [number];
    const x = g.reshape(input!, [size, batch]);
    const w = g.reshape(weight(centres), [units, size]);
    const lengths = g.sum(g.mul(w, w), [1], true);
    const between = g.gemm(w, x, { alpha: -2, c: lengths });
    return {
      output: g.add(between, g.sum(g.mul(x, x), [0], true)),
      backward(gradient) {
        const dy = g.reshape(gradient, [units, batch]);
        const own = g.mul(x, g.sum(dy, [0], true));
        const dx = g.gemm(w, dy, { transA: true, alpha: -2, c: own, beta: 2 });
        return { inputs: [dx], weights: NO_WEIGHTS };
      },
    };
  },
};
