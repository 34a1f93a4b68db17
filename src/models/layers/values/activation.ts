import * as z from 'zod';
import { activationSchema, LOGITS_OF } from '../../../recipe/activations.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({ function: activationSchema });

/** An activation as a layer of its own; shapes stay. */
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
  onnx: (_operators, _node, [x]) => x!,
  tensorflow: (context, node, [x]) =>
    context.apply(context.layers.activation({ name: node.name, activation: node.activation }), x!),
});
