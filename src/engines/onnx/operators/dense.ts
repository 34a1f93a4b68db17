import { asStored, type Operator } from './operator.js';

/**
 * A fully connected layer. Inside, kernels are [units, F] with F in the order channels, height, width, so that flattening
 * a map of either formulation moves nothing.
 */
export const dense: Operator<'dense'> = {
  shape: (_inputs, { units }) => ({ shape: [units] }),

  weights([x], { kernel, bias, units }) {
    const [channels, height, width] = x!.map ?? [x!.shape[0]!, 1, 1];
    const layout = { name: kernel, from: [height!, width!, channels!, units], perm: [3, 2, 0, 1] };
    return bias ? [layout, asStored(bias, [units])] : [layout];
  },

  plain({ g, weight }, { kernel, bias, units }, [x]) {
    const w = g.reshape(weight(kernel), [units, x!.dims[1]!]);
    return g.gemm(x!, w, { transB: true, ...(bias ? { c: weight(bias) } : {}) });
  },

  train({ g, batch, weight }, { kernel, bias, units }, [input], [value], [inputNeeded]) {
    const x = g.reshape(input!, [value!.shape[0]!, batch]);
    const w = g.reshape(weight(kernel), [units, value!.shape[0]!]);
    const output = g.gemm(w, x, bias ? { c: g.reshape(weight(bias), [units, 1]) } : {});
    return {
      output,
      backward(gradient) {
        const dy = g.reshape(gradient, [units, batch]);
        const weights = new Map([[kernel, g.reshape(g.gemm(dy, x, { transB: true }), weight(kernel).dims)]]);
        if (bias) weights.set(bias, g.sum(dy, [1], false));
        return { inputs: [inputNeeded ? g.gemm(w, dy, { transA: true }) : null], weights };
      },
    };
  },
};
