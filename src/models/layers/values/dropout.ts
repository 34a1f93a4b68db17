import * as z from 'zod';
import { formatValue } from '../../../base/text/format.js';
import { copied, describePlace, factor, indexOf, valueAt } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';

const schema = z.strictObject({
  rate: z.number().min(0).lt(1).describe('The share of values that is dropped.'),
});

/** In training drops a share `rate` of the values and scales the rest by 1 / (1 - rate); otherwise the identity: any shape to the same. */
export const dropout = defineLayer({
  keras: 'Dropout',
  description: 'Drops values at random in training (Srivastava et al. 2014).',
  schema,
  shorthand: 'rate',
  outputShape: (_params, [input]) => input!,
  explain: (params) => [
    `in training ${params.rate * 100} % of the values become 0, the others are multiplied by 1 / (1 - ${params.rate}) = ${Number((1 / (1 - params.rate)).toPrecision(6))}`,
  ],
  arithmetic({ rate }, place, { inputs: [input], training }) {
    const x = valueAt(input!, place);
    const what = `the input at ${describePlace(place)}`;
    if (training?.mask === undefined) {
      return copied({ input: x, place }, `dropout keeps every value outside training: ${what}`);
    }
    const weight = training.mask[indexOf(input!.shape, place)]! / (1 - rate);
    const terms = [{ input: x, weight, place, source: 0 }];
    const value = x * weight;
    const text =
      weight === 0
        ? `dropout drops ${what}: 0`
        : `dropout keeps ${what}: ${factor(x)} / (1 - ${rate}) = ${formatValue(value)}`;
    return { rule: 'sum', terms, value, text };
  },
  onnx: (operators, node, [x]) => operators.dropout(x!, { mask: node.name, rate: node.params.rate }),
  tensorflow: (context, node, [x]) => context.dropout(node, x!),
  torch: (self, { params }, [x]) => ({
    module: torchCall('nn.Dropout', [params.rate]),
    value: `${self}(${x})`,
  }),
});
