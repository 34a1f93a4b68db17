import type { FusedActivation } from '../../../models/lowering/onnx.js';
import { type Attribute, floats } from './messages.js';
import type { Ref } from './ref.js';
import type { GraphWriter } from './writer.js';

/** The domain of the operators in ONNX Runtime's own layout. */
export const NCHWC = 'com.microsoft.nchwc';

/** The activations that its convolution applies, by its names for them. */
const FUSED: Readonly<Record<FusedActivation, string>> = { relu: 'Relu', tanh: 'Tanh' };

export const isFused = (activation: string): activation is FusedActivation => activation in FUSED;

/** An activation as attributes; `step` is 1 where a value is not negative, else 0: see `GraphWriter.notNegative`. */
export function fused(activation: FusedActivation | 'step' | undefined): Record<string, Attribute> {
  if (!activation) return {};
  if (activation === 'step') return { activation: 'HardSigmoid', activation_params: floats(1e38, 1) };
  return { activation: FUSED[activation] };
}

/**
 * activation(scale[c] * x + offset[c] + sum) of maps in blocks, [N, C, H, W]: a depth-wise 1x1 convolution, which takes as
 * long as a product with one number. `sum` gives its memory to the result where nobody reads it any more.
 */
export function scaledChannels(
  g: GraphWriter,
  x: Ref,
  scale: Ref,
  {
    offset,
    sum,
    activation,
  }: {
    readonly offset?: Ref | undefined;
    readonly sum?: Ref | undefined;
    readonly activation?: FusedActivation | 'step' | undefined;
  },
): Ref {
  const channels = x.dims[1]!;
  const attributes = { kernel_shape: [1, 1], group: channels, ...fused(activation) };
  const inputs = [
    sum ? x : g.lateReshape(x, x.dims),
    g.reshape(scale, [channels, 1, 1, 1]),
    ...addends(offset, sum),
  ];
  const result = g.op('Conv', inputs, x.dims, attributes, NCHWC);
  // With a sum it would be the sum that has to be kept.
  return sum ? result : g.light(result);
}

/** The last inputs of a convolution in blocks: what is added to its products. */
export function addends(bias: Ref | undefined, sum: Ref | undefined): (Ref | '')[] {
  if (sum) return [bias ?? '', sum];
  return bias ? [bias] : [];
}
