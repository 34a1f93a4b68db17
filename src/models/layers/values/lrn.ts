import * as z from 'zod';
import { formatValue } from '../../../base/text/format.js';
import { requireMap } from '../../graph/window.js';
import { factor, type Term, valueAt, writeTerms } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';

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
 * (Krizhevsky et al. 2012, section 3.3; parameters as in tf.nn.local_response_normalization): [H, W, C] to the same.
 * @throws ShapeError where its input is no map
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
  wayBack:
    'g_i / s_i^beta - 2 * alpha * beta * x_i * (sum over the neighbours j of g_j * y_j / s_j), where s is the bias plus alpha times the sum of squares and y the output',
  arithmetic({ depthRadius, alpha, beta, bias }, [row, column, channel], { inputs: [input] }) {
    const first = Math.max(0, channel! - depthRadius);
    const last = Math.min(input!.shape[2]! - 1, channel! + depthRadius);
    const terms = Array.from({ length: last - first + 1 }, (_, i): Term => {
      const place = [row!, column!, first + i];
      return { input: valueAt(input!, place), weight: alpha, place, source: 0 };
    });
    const x = valueAt(input!, [row!, column!, channel!]);
    const value = x / (bias + terms.reduce((sum, { input }) => sum + alpha * input ** 2, 0)) ** beta;
    const squares = writeTerms(terms, ({ input }) => `${factor(input)}^2`);
    const text = `${formatValue(x)} / (${bias} + ${alpha}*(${squares}))^${beta} = ${formatValue(value)}`;
    return { rule: 'formula', terms, value, text };
  },
  onnx: (operators, node, [x]) => {
    const { depthRadius, ...rest } = node.params;
    return operators.lrn(x!, { radius: depthRadius, ...rest });
  },
  tensorflow: (context, node, [x]) =>
    context.apply(new context.own.LocalResponseNormalization({ name: node.name, ...node.params }), x!),
  torch(self, { params: { depthRadius, alpha, beta, bias } }, [x]) {
    const size = 2 * depthRadius + 1;
    // PyTorch's alpha is that of the whole window.
    const values = { alpha: `${alpha} * ${size}`, beta, k: bias };
    return { module: torchCall('nn.LocalResponseNorm', [size], values), value: `${self}(${x})` };
  },
});
