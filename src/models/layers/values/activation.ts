import * as z from 'zod';
import { activationSchema, LOGITS_OF } from '../../../recipe/activations.js';
import { copied, describePlace, valueAt } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({ function: activationSchema });

/** An activation as a layer of its own; shapes stay: any shape to the same. */
export const activation = defineLayer({
  keras: 'Activation',
  description: 'An activation function as a layer of its own.',
  schema,
  shorthand: 'function',
  outputShape: (_params, [input]) => input!,
  activation: (params) => params.function,
  explain: ({ function: name }) => [
    `${name} ${LOGITS_OF[name] ? 'over the channels' : 'of each value'}; nothing to learn`,
  ],
  arithmetic: (_params, place, { inputs: [input] }) =>
    copied({ input: valueAt(input!, place), place }, `the input at ${describePlace(place)}`),
  onnx: (_operators, _node, [x]) => x!,
  tensorflow: (context, node, [x]) =>
    context.apply(context.layers.activation({ name: node.name, activation: node.activation }), x!),
  torch: (_self, _node, [x]) => ({ value: x! }),
});
