import { sizeOf } from '../../../tensor.js';
import { float } from '../messages.js';
import type { GraphWriter, Ref } from '../writer.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/**
 * Local response normalization across channels (Krizhevsky et al. 2012, section 3.3): y = x / d^beta with
 * d = bias + alpha * sum of x^2 over neighbouring channels. The sum is a product with a banded matrix. Its gradient:
 * dx = dy / d^beta - 2 * alpha * beta * x * (the same sum of dy * y / d).
 */
export const lrn: Operator<'lrn'> = {
  shape: ([x]) => x!,

  plain({ g }, { radius, alpha, beta, bias }, [x]) {
    const size = 2 * radius + 1;
    // ONNX divides alpha by the window's size.
    const attributes = { size, alpha: float(alpha * size), beta: float(beta), bias: float(bias) };
    return g.op('LRN', [x!], x!.dims, attributes);
  },

  train({ g, batch }, { radius, alpha, beta, bias }, [input], [value]) {
    const [channels, ...extents] = value!.shape;
    const x = g.reshape(input!, [channels!, sizeOf(extents) * batch]);
    const sum = (values: Ref, factor: number) => g.gemm(band(g, channels!, radius, factor), values);
    const d = g.add(sum(g.mul(x, x), alpha), g.constant(bias));
    const power = powerOf(g, d, beta);
    const y = g.div(x, power);
    return {
      output: y,
      backward(gradient) {
        const dy = g.reshape(gradient, x.dims);
        const spread = sum(g.div(g.mul(dy, y), d), 2 * alpha * beta);
        return { inputs: [g.sub(g.div(dy, power), g.mul(x, spread))], weights: NO_WEIGHTS };
      },
    };
  },
};

/** [C, C] with `factor` where two channels are at most `radius` apart. */
function band(g: GraphWriter, channels: number, radius: number, factor: number): Ref {
  const matrix = new Float32Array(channels * channels);
  for (let row = 0; row < channels; row++) {
    const end = Math.min(channels - 1, row + radius);
    for (let column = Math.max(0, row - radius); column <= end; column++)
      matrix[row * channels + column] = factor;
  }
  return g.constant(matrix, [channels, channels]);
}

/** d^beta; two square roots for the usual 0.75, which are far cheaper than Pow. */
function powerOf(g: GraphWriter, d: Ref, beta: number): Ref {
  if (beta !== 0.75) return g.op('Pow', [d, g.constant(beta)], d.dims);
  const root = g.sqrt(d);
  return g.mul(root, g.sqrt(root));
}
