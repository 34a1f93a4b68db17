import * as z from 'zod';
import type { Tensor } from '../../../base/tensor.js';
import { formatValue } from '../../../base/text/format.js';
import { factor, valueAt } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';

const schema = z.strictObject({
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('How much of the running values stays at each step.'),
  epsilon: z.number().positive().default(1e-3).describe('Added to the variance before its root is taken.'),
});

/** Batch normalization of each channel (Ioffe and Szegedy 2015); Keras's parameters, names and defaults: [..., C] to the same. */
export const batchNorm = defineLayer({
  keras: 'BatchNormalization',
  description: 'Normalizes each channel over the batch in training, by running values otherwise.',
  schema,
  outputShape: (_params, [input]) => input!,
  weights(_params, [input]) {
    const weight = (name: string, initializer: 'ones' | 'zeros', trainable: boolean) => ({
      name,
      shape: [input!.at(-1)!],
      initializer,
      trainable,
      decay: false,
    });
    return [
      weight('gamma', 'ones', true),
      weight('beta', 'zeros', true),
      weight('moving_mean', 'zeros', false),
      weight('moving_variance', 'ones', false),
    ];
  },
  explain(_params, [input]) {
    const channels = input!.at(-1)!;
    return [
      `parameters: 2 x ${channels} learned, 2 x ${channels} running = ${4 * channels}`,
      'output: gamma x (input - mean) / sqrt(variance + epsilon) + beta, channel by channel',
    ];
  },
  wayBack:
    'gamma / sqrt(variance + epsilon) * (g - mean of g - n * mean of g*n), where n is the normalized input and means go over the batch, channel by channel; of gamma: the sum of g*n, of beta: the sum of g',
  arithmetic({ epsilon }, place, { inputs: [input], weights, training }) {
    const channel = place.at(-1)!;
    const of = (name: string) => weights.get(name)!.data[channel]!;
    const [gamma, beta] = [of('gamma'), of('beta')];
    const { mean, variance } = training
      ? statisticsOf(training.batch[0]!, channel)
      : { mean: of('moving_mean'), variance: of('moving_variance') };
    const x = valueAt(input!, place);
    const weight = gamma / Math.sqrt(variance + epsilon);
    const value = weight * (x - mean) + beta;
    const root = `sqrt(variance ${formatValue(variance)} + ${formatValue(epsilon)})`;
    const scaled = `gamma ${formatValue(gamma)} * (${formatValue(x)} - mean ${factor(mean)}) / ${root}`;
    return {
      rule: 'sum',
      terms: [
        { input: x, weight, place, source: 0 },
        { input: 1, weight: beta - weight * mean, place: null, source: 0 },
      ],
      value,
      text: `${scaled} + beta ${factor(beta)} = ${formatValue(value)}`,
    };
  },
  onnx: (operators, node, [x]) =>
    operators.batchNorm(x!, {
      ...node.params,
      ...(node.frozen ? { frozen: true } : {}),
      gamma: `${node.name}/gamma`,
      beta: `${node.name}/beta`,
      mean: `${node.name}/moving_mean`,
      variance: `${node.name}/moving_variance`,
    }),
  tensorflow(context, node, [x]) {
    const layer = context.layers.batchNormalization({ name: node.name, ...node.params });
    return context.apply(node.frozen ? context.inInference(layer) : layer, x!);
  },
  torch: (self, { params, inputShapes: [input] }, [x]) => ({
    // PyTorch's momentum is the share of the new value.
    module: torchCall(input!.length === 3 ? 'nn.BatchNorm2d' : 'nn.BatchNorm1d', [input!.at(-1)!], {
      eps: params.epsilon,
      momentum: Number((1 - params.momentum).toPrecision(12)),
    }),
    value: `${self}(${x})`,
    tensors: {
      gamma: { name: 'weight', isOfInput: true },
      beta: { name: 'bias', isOfInput: true },
      moving_mean: { name: 'running_mean', isOfInput: true },
      moving_variance: { name: 'running_var', isOfInput: true },
    },
  }),
});

/** Of a channel over a batch [N, ..., C]. */
function statisticsOf({ shape, data }: Tensor, channel: number): { mean: number; variance: number } {
  const channels = shape.at(-1)!;
  const count = data.length / channels;
  let [sum, squares] = [0, 0];
  for (let i = channel; i < data.length; i += channels) sum += data[i]!;
  const mean = sum / count;
  for (let i = channel; i < data.length; i += channels) squares += (data[i]! - mean) ** 2;
  return { mean, variance: squares / count };
}
