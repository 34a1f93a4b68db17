import * as z from 'zod';
import { requireMap } from '../../graph/window.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({
  depthRadius: z.int().min(0).default(2).describe('Channels on either side that count.'),
  alpha: z
    .number()
    .positive()
    .default(2e-5)
    .describe("Weight of the sum of squares (Caffe's and PyTorch's is this times the window)."),
  beta: z.number().positive().default(0.75).describe('Exponent of the sum.'),
  bias: z.number().positive().default(1).describe('Added to the sum.'),
});

/**
 * Local response normalization: y_i = x_i / (bias + alpha * sum over |j - i| <= depthRadius of x_j^2)^beta
 * (Krizhevsky et al. 2012, section 3.3; parameters as in tf.nn.local_response_normalization).
 */
export const lrn = defineLayer({
  keras: 'LocalResponseNormalization',
  description: 'Local response normalization across channels.',
  schema,
  outputShape(_params, [input]) {
    requireMap(input!);
    return input!;
  },
  explain: ({ depthRadius, alpha, beta, bias }) => [
    `each value / (${bias} + ${alpha} x the sum of squares of ${2 * depthRadius + 1} channels)^${beta}; nothing to learn`,
  ],
  onnx: (operators, node, [x]) => {
    const { depthRadius, ...rest } = node.params;
    return operators.lrn(x!, { radius: depthRadius, ...rest });
  },
  tensorflow: (context, node, [x]) =>
    context.localResponseNormalization({ name: node.name, ...node.params }, x!),
});
