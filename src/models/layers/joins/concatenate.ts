import * as z from 'zod';
import { ShapeError } from '../../graph/shape-error.js';
import { copied, describePlace, valueAt } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';

const schema = z.strictObject({});

/**
 * Joins maps of one height and width, or vectors, along the channels: [H, W, C1], [H, W, C2], ... to [H, W, C1 + C2 + ...].
 * @throws ShapeError where heights or widths differ
 */
export const concatenate = defineLayer({
  keras: 'Concatenate',
  description: 'Several layers side by side along the channels.',
  schema,
  merges: true,
  outputShape(_params, inputs) {
    const place = inputs[0]!.slice(0, -1);
    const odd = inputs.find((shape) => shape.slice(0, -1).join() !== place.join());
    if (odd) {
      throw new ShapeError(`joins maps whose sizes differ, ${inputs[0]!.join('x')} and ${odd.join('x')}`);
    }
    return [...place, inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)];
  },
  explain: (_params, inputs, output) => [
    `channels: ${inputs.map((shape) => shape.at(-1)).join(' + ')} = ${output.at(-1)}`,
  ],
  arithmetic(_params, place, { inputs }) {
    let channel = place.at(-1)!;
    let source = 0;
    while (channel >= inputs[source]!.shape.at(-1)!) channel -= inputs[source++]!.shape.at(-1)!;
    const own = [...place.slice(0, -1), channel];
    const value = valueAt(inputs[source]!, own);
    return copied({ input: value, place: own, source }, `input ${source + 1} at ${describePlace(own)}`);
  },
  onnx: (operators, _node, inputs) => operators.concat(inputs, {}),
  tensorflow: (context, node, inputs) =>
    inputs.length === 1
      ? inputs[0]!
      : context.apply(context.layers.concatenate({ name: node.name, axis: -1 }), [...inputs]),
  torch: (_self, _node, inputs) => ({
    value: inputs.length === 1 ? inputs[0]! : torchCall('torch.cat', [`[${inputs.join(', ')}]`], { dim: 1 }),
  }),
});
