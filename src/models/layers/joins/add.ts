import * as z from 'zod';
import { formatValue } from '../../../base/text/format.js';
import { ShapeError } from '../../graph/shape-error.js';
import { factor, totalOf, valueAt, writeTerms } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({});

/**
 * The sum of two or more values of one shape: several of one shape to the same.
 * @throws ShapeError where shapes differ
 */
export const add = defineLayer({
  keras: 'Add',
  description: 'The sum of several layers of one shape, value by value.',
  schema,
  merges: true,
  outputShape(_params, [first, ...others]) {
    const odd = others.find((shape) => shape.join() !== first!.join());
    if (odd) throw new ShapeError(`adds shapes that differ, ${first!.join('x')} and ${odd.join('x')}`);
    return first!;
  },
  explain: (_params, inputs) => [
    `output: the sum of ${inputs.length} inputs of ${inputs[0]!.join(' x ')} values`,
  ],
  arithmetic(_params, place, { inputs }) {
    const terms = inputs.map((input, source) => ({ input: valueAt(input, place), weight: 1, place, source }));
    const value = totalOf(terms);
    const sum = writeTerms(terms, ({ input }) => factor(input));
    return { rule: 'sum', terms, value, text: `${sum} = ${formatValue(value)}` };
  },
  onnx: (operators, _node, inputs) => operators.add(inputs, {}),
  tensorflow: (context, node, inputs) => context.apply(context.layers.add({ name: node.name }), [...inputs]),
  torch: (_self, _node, inputs) => ({ value: `(${inputs.join(' + ')})` }),
});
