import { sizeOf } from '../../../../base/tensor.js';
import type { OperatorAttributes } from '../../../../models/lowering/onnx.js';
import { float } from '../../write/messages.js';
import type { Ref } from '../../write/ref.js';
import { asStored, type Emission, type Emitted, type Operator } from '../contract/operator.js';
import { blockedBatchNorm } from './blocked-batch-norm.js';
import { runningValues } from './running-values.js';

/**
 * Batch normalization (Ioffe and Szegedy 2015) of a map [C, H, W] or a vector [C], whose shape stays, with gamma, beta and the
 * running mean and variance of [C] each. In training the mean and the (biased) variance are those of
 * the batch's real images, and the running values move towards them: running = momentum * running + (1 - momentum) * batch.
 *
 * With w the share of one value in the means, xh = (x - mean) / sqrt(variance + epsilon), the gradient is
 * dx = gamma / sqrt(variance + epsilon) * (dy - w * sum dy - w * xh * sum (dy * xh)).
 */
export const batchNorm: Operator<'batchNorm'> = {
  shape: ([x]) => x!,

  weights([x], { gamma, beta, mean, variance }) {
    return [gamma, beta, mean, variance].map((name) => asStored(name, [x!.shape[0]!]));
  },

  plain({ g, weight }, { epsilon, gamma, beta, mean, variance }, [x]) {
    const weights = [gamma, beta, mean, variance].map(weight);
    // The WebGPU provider (ONNX Runtime 1.30) takes a vector's values for one channel: it is given a map of one place.
    const map = x!.dims.length === 2 ? g.reshape(x!, [...x!.dims, 1, 1]) : x!;
    const normal = g.op('BatchNormalization', [map, ...weights], map.dims, { epsilon: float(epsilon) });
    return g.reshape(normal, x!.dims);
  },

  train(e, attributes, [input], [value]) {
    if (attributes.frozen) return frozenBatchNorm(e, attributes, input!, value!.shape[0]!);
    const { g, batch, weight } = e;
    const { epsilon, gamma, beta } = attributes;
    const [channels, ...extents] = value!.shape as [number, ...number[]];
    const places = sizeOf(extents);
    const column = (ref: Ref) => g.reshape(ref, [channels, 1]);
    const x = g.reshape(input!, [channels, places * batch]);
    const mean = meanOf(e, x, channels, places);
    const centred = g.sub(x, mean);
    const variance = meanOf(e, g.mul(centred, centred), channels, places);
    const deviation = g.sqrt(g.add(variance, g.constant(epsilon)));
    const normal = g.div(centred, deviation);
    return {
      output: g.add(g.mul(normal, column(weight(gamma))), column(weight(beta))),
      updates: runningValues(e, attributes, mean, variance),
      backward(gradient) {
        const dy = g.reshape(gradient, x.dims);
        const sumDy = g.sum(dy, [1], true);
        const sumProduct = g.sum(g.mul(dy, normal), [1], true);
        // Each value's share in the means, one a place and image: [1, places * N].
        const share = shareOf(e, places);
        const pull = g.mul(g.add(g.mul(normal, sumProduct), sumDy), share);
        const slope = g.div(column(weight(gamma)), deviation);
        const weights = new Map([
          [gamma, g.reshape(sumProduct, [channels])],
          [beta, g.reshape(sumDy, [channels])],
        ]);
        return { inputs: [g.mul(g.sub(dy, pull), slope)], weights };
      },
    };
  },

  use: (e, attributes, [input], [value]) => frozenBatchNorm(e, attributes, input!, value!.shape[0]!),

  blocked: blockedBatchNorm,
};

/** By the running values, of a map [C, places * N]: y = slope * x + offset, and back the slope alone. */
function frozenBatchNorm(
  { g, weight }: Emission,
  { epsilon, gamma, beta, mean, variance }: OperatorAttributes['batchNorm'],
  input: Ref,
  channels: number,
): Emitted {
  const x = g.reshape(input, [channels, sizeOf(input.dims) / channels]);
  const slope = g.div(weight(gamma), g.sqrt(g.add(weight(variance), g.constant(epsilon))));
  const offset = g.sub(weight(beta), g.mul(weight(mean), slope));
  const column = (ref: Ref) => g.reshape(ref, [channels, 1]);
  return {
    output: g.add(g.mul(x, column(slope)), column(offset)),
    backward: (gradient) => ({
      inputs: [g.mul(g.reshape(gradient, x.dims), column(slope))],
      weights: new Map(),
    }),
  };
}

/** The mean over places and real images, [C, 1]: a product with each image's share, then a mean. */
function meanOf({ g, batch, imageShare }: Emission, x: Ref, channels: number, places: number): Ref {
  const byPlace = g.gemm(g.reshape(x, [channels * places, batch]), g.reshape(imageShare, [batch, 1]));
  return g.scale(g.sum(g.reshape(byPlace, [channels, places]), [1], true), 1 / places);
}

function shareOf({ g, batch, imageShare }: Emission, places: number): Ref {
  const share = g.scale(g.reshape(imageShare, [1, batch]), 1 / places);
  return g.reshape(g.op('Expand', [share, g.indices([places, batch])], [places, batch]), [1, places * batch]);
}
