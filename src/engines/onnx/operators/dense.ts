import type { Value } from '../lowering.js';
import { asStored, type Operator, type WeightLayout } from './operator.js';

/**
 * A fully connected layer. Inside, kernels are [units, F] with F in the order channels, height, width, so that flattening
 * a map of either formulation moves nothing.
 */
export const dense: Operator<'dense'> = {
  shape: (_inputs, { units }) => ({ shape: [units] }),

  weights([x], { kernel, bias, units }) {
    const layout = denseLayout(kernel, x!, units);
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

/** The layout of a matrix [F, units] that a vector is multiplied with, or compared with. */
export function denseLayout(name: string, { shape, map }: Value, units: number): WeightLayout {
  const [channels, height, width] = map ?? [shape[0]!, 1, 1];
  return { name, from: [height!, width!, channels!, units], perm: [3, 2, 0, 1] };
}
