import * as z from 'zod';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('How much of the running values stays at each step.'),
  epsilon: z.number().positive().default(1e-3).describe('Added to the variance before its root is taken.'),
});

/** Batch normalization of each channel (Ioffe and Szegedy 2015); Keras's parameters, names and defaults. */
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
  onnx: (operators, node, [x]) =>
    operators.batchNorm(x!, {
      ...node.params,
      gamma: `${node.name}/gamma`,
      beta: `${node.name}/beta`,
      mean: `${node.name}/moving_mean`,
      variance: `${node.name}/moving_variance`,
    }),
  tensorflow: (context, node, [x]) =>
    context.apply(context.layers.batchNormalization({ name: node.name, ...node.params }), x!),
});
