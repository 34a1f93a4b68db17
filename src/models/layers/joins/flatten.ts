import * as z from 'zod';
import { placeOf, sizeOf } from '../../../base/tensor.js';
import { copied, describePlace } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({});

/** [H, W, C] to a vector of H * W * C values, in that order. */
export const flatten = defineLayer({
  keras: 'Flatten',
  description: 'A feature map as one vector.',
  schema,
  outputShape: (_params, [input]) => [sizeOf(input!)],
  window: () => 'whole',
  explain: (_params, [input], output) => [`output: ${input!.join(' x ')} = ${output[0]} values`],
  arithmetic(_params, [index], { inputs: [input] }) {
    const place = placeOf(index!, input!.shape);
    return copied({ input: input!.data[index!]!, place }, `the input at ${describePlace(place)}`);
  },
  onnx: (operators, _node, [x]) => operators.flatten(x!, {}),
  tensorflow({ layers, apply }, { name, inputShapes: [input] }, [x]) {
    // TensorFlow.js's own takes maps only.
    const isVector = input!.length === 1;
    return apply(isVector ? layers.activation({ name, activation: 'linear' }) : layers.flatten({ name }), x!);
  },
  torch: (_self, { inputShapes: [input] }, [x]) => ({ value: input!.length === 1 ? x! : `${x}.flatten(1)` }),
});
