import * as z from 'zod';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({
  rate: z.number().min(0).lt(1).describe('The share of values that is dropped.'),
});

/** In training drops a share `rate` of the values and scales the rest by 1 / (1 - rate); otherwise the identity. */
export const dropout = defineLayer({
  keras: 'Dropout',
  description: 'Drops values at random in training (Srivastava et al. 2014).',
  schema,
  shorthand: 'rate',
  outputShape: (_params, [input]) => input!,
  explain: (params) => [
    `in training ${params.rate * 100} % of the values become 0, the others are multiplied by 1 / (1 - ${params.rate}) = ${Number((1 / (1 - params.rate)).toPrecision(6))}`,
  ],
  onnx: (operators, node, [x]) => operators.dropout(x!, { mask: node.name, rate: node.params.rate }),
  tensorflow: (context, node, [x]) => context.dropout(node, x!),
});
