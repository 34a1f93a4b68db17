import type { Tensor, Tensors } from '../../../base/tensor.js';
import type { OperatorAttributes } from '../../../models/lowering/onnx.js';
import { rewritePairs } from './rewrite-pairs.js';
import type { Operation, Trace } from './trace.js';

type Norm = OperatorAttributes['batchNorm'];
type Convolution = OperatorAttributes['conv2d'];

/** A trace whose convolutions do what the batch normalization behind them did in use. */
export interface Folded {
  readonly trace: Trace;
  /** The weights that it computes the same with. */
  fold(weights: Tensors): Tensors;
}

/** In use, batch normalization multiplies each channel and adds to it: the convolution before it can do both. */
export function foldNorms(whole: Trace): Folded {
  const pairs: { readonly norm: Norm; readonly convolution: Convolution }[] = [];
  const trace = rewritePairs(whole, 'conv2d', 'batchNorm', (before, after) => {
    const [convolution, norm] = [before.attributes as Convolution, after.attributes as Norm];
    pairs.push({ norm, convolution });
    // The offset takes the place of the weights that it is made of.
    return [
      { ...before, output: after.output, attributes: { ...convolution, bias: norm.beta } } as Operation,
    ];
  });
  return {
    trace,
    fold(weights) {
      const folded = new Map(weights);
      for (const pair of pairs) foldPair(folded, pair);
      return folded;
    },
  };
}

/** gamma / sqrt(variance + epsilon) into the kernel, [kh, kw, I, O]; (bias - mean) times that, + beta, for the bias. */
function foldPair(
  weights: Map<string, Tensor>,
  { norm, convolution }: { readonly norm: Norm; readonly convolution: Convolution },
): void {
  const needed = [norm.gamma, norm.beta, norm.mean, norm.variance, convolution.kernel].map((name) =>
    weights.get(name),
  );
  // What is missing is named where weights are laid out.
  if (needed.includes(undefined)) return;
  const [gamma, beta, mean, variance, kernel] = needed as Tensor[];
  const bias = convolution.bias ? weights.get(convolution.bias) : undefined;
  const filters = beta!.data.length;
  const slope = Float64Array.from(
    gamma!.data,
    (value, i) => value / Math.sqrt(variance!.data[i]! + norm.epsilon),
  );
  const offset = beta!.data.map((value, i) => value + ((bias?.data[i] ?? 0) - mean!.data[i]!) * slope[i]!);
  weights.set(norm.beta, { shape: beta!.shape, data: offset });
  weights.set(convolution.kernel, {
    shape: kernel!.shape,
    data: kernel!.data.map((value, i) => value * slope[i % filters]!),
  });
}
