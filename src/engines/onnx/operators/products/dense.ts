import { asStored, FEW_IMAGES, type GradientInRows, type Operator } from '../contract/operator.js';

/** A fully connected layer, [F] to [units]. Kernels are [F, units], as Keras stores them, biases [units]. */
export const dense: Operator<'dense'> = {
  shape: (_inputs, { units }) => ({ shape: [units] }),

  weights([x], { kernel, bias, units }) {
    const layout = asStored(kernel, [x!.shape[0]!, units]);
    return bias ? [layout, asStored(bias, [units])] : [layout];
  },

  remark: (_inputs, _attributes, batch) => (batch <= FEW_IMAGES ? 'few images' : ''),

  plain({ g, forExport, weight }, { kernel, bias, units }, [x]) {
    if (forExport) {
      // Gemm that turns neither matrix is what OpenCV 4.5 and 4.6 read wrongly.
      const product = g.op('MatMul', [x!, weight(kernel)], [x!.dims[0]!, units]);
      return bias ? g.add(product, weight(bias)) : product;
    }
    return g.gemm(x!, weight(kernel), bias ? { c: weight(bias) } : {});
  },

  train({ g, batch, weight }, { kernel, bias, units }, [input], [value], [inputNeeded]) {
    const x = g.reshape(input!, [value!.shape[0]!, batch]);
    const w = weight(kernel);
    const b = bias ? weight(bias) : undefined;
    const forMany = () => g.gemm(w, x, { transA: true, ...(b ? { c: g.reshape(b, [units, 1]) } : {}) });
    // The few images are turned instead of the kernel. (4320 x 100 at a batch of 8: 0.24 ms instead of 0.46.)
    const forFewImages = () => g.transpose(g.gemm(x, w, { transA: true, ...(b ? { c: b } : {}) }), [1, 0]);
    return {
      output: batch <= FEW_IMAGES ? forFewImages() : forMany(),
      backward(gradient) {
        const dy = g.reshape(gradient, [units, batch]);
        const weights = new Map([[kernel, g.gemm(x, dy, { transB: true })]]);
        if (bias) weights.set(bias, g.sum(dy, [1], false));
        // Turned once: each product would turn it again (4096 x 4096 in 16 slices at a batch of 16: 4 ms instead of 14).
        // As a map of one channel, which ONNX Runtime does not put into the products.
        const inRows: GradientInRows = (rows) => {
          const turned = g.reshape(g.transpose(g.reshape(dy, [1, units, batch]), [0, 2, 1]), [batch, units]);
          return g.split(x, rows).map((slice) => g.gemm(slice, turned));
        };
        return {
          inputs: [inputNeeded ? g.gemm(w, dy) : null],
          weights,
          inRows: new Map([[kernel, inRows]]),
        };
      },
    };
  },
};
