import type { NewStep, View } from '../view/graph.js';
import type { NodeReader, Reader } from '../view/node-reader.js';
import { isPlain } from '../view/views.js';

/**
 * The mean over neighbouring channels, as PyTorch writes it: an average pooling of [N, 1, C, H, W] or the like that was
 * padded along its channels.
 */
export const channelMean: Reader = (n) => {
  const padded = n.view(0)?.step;
  const x = padded?.kind === 'Pad' ? padded.inputs[0] : undefined;
  const size = n.ints('kernel_shape');
  if (!padded || !x?.dims || !size || padded.settings.mode !== 'constant' || padded.settings.value !== 0)
    return null;
  const rank = x.dims.length;
  const amounts = padded.settings.amounts as readonly number[];
  const axis = amounts.findIndex((amount) => amount > 0) % rank;
  const [before, after] = [amounts[axis]!, amounts[rank + axis]!];
  const isAlone = amounts.every((amount, i) => amount === 0 || i % rank === axis);
  const isWindow = size.every((extent, i) => extent === (i === axis - 2 ? before + after + 1 : 1));
  const isDense = [...(n.ints('strides') ?? []), 1].every((stride) => stride === 1);
  const isUnpadded = (n.ints('pads') ?? []).every((pad) => pad === 0);
  if (!isAlone || !isWindow || !isDense || !isUnpadded || x.groups[axis]!.join() !== '1') return null;
  const settings = { before, after };
  const step = n.make({ kind: 'channelMean', settings, inputs: [x], constants: [], shape: x.step.shape });
  return { ...x, step };
};

/** x / (bias + alpha * mean of the neighbours' squares)^beta: local response normalization written out. */
export function responseNorm(n: NodeReader, [x, denominator]: readonly View[]): View | null {
  const power = constantOf(denominator?.step, 'Pow');
  const sum = constantOf(power?.of.step, 'Add');
  const product = constantOf(sum?.of.step, 'Mul');
  const mean = product?.of.step;
  const square = mean?.kind === 'channelMean' ? mean.inputs[0]!.step : undefined;
  const isSquare = square?.kind === 'Mul' && square.inputs.length === 2;
  if (n.opType !== 'Div' || !x || !power || !sum || !product || !mean || !isSquare || !isPlain(x))
    return null;
  const { before, after } = mean.settings as { before: number; after: number };
  if (before !== after || square.inputs.some(({ step }) => step !== x.step)) return null;
  const settings = {
    depthRadius: before,
    alpha: product.value / (before + after + 1),
    beta: power.value,
    bias: sum.value,
  };
  const { shape, isNonNegative } = x.step;
  return { ...x, step: n.make({ kind: 'LRN', settings, inputs: [x], constants: [], shape, isNonNegative }) };
}

/** What a step does arithmetic with, where it is a tensor and one number. */
function constantOf(step: NewStep | undefined, kind: string): { of: View; value: number } | undefined {
  const [constant] = step?.constants ?? [];
  if (step?.kind !== kind || step.inputs.length !== 1 || !constant || constant.slot) return undefined;
  const isOne = constant.dims.every((extent) => extent === 1) && step.settings.isFirst !== true;
  return isOne ? { of: step.inputs[0]!, value: constant.numbers()[0]! } : undefined;
}
