import * as z from 'zod';
import { requireMap, windowGeometry } from '../../graph/window.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({});

/** The mean of each channel over the whole map: [H, W, C] to [C] (Lin et al. 2013, Network in network). */
export const globalAvgPool2d = defineLayer({
  keras: 'GlobalAveragePooling2D',
  description: 'The mean of each channel over the whole map.',
  schema,
  outputShape(_params, [input]) {
    requireMap(input!);
    return [input![2]!];
  },
  window: () => 'whole',
  explain: (_params, [input], output) => [
    `each of the ${output[0]} values is the mean of ${input![0]} x ${input![1]}`,
  ],
  onnx(operators, node, [x]) {
    const [height, width] = node.inputShapes[0]! as [number, number, number];
    const window = { size: [height, width] as [number, number], strides: 1, padding: 'valid' as const };
    const geometry = windowGeometry(node.inputShapes[0]!, window);
    return operators.flatten(operators.averagePool2d(x!, { geometry }), {});
  },
  tensorflow: (context, node, [x]) =>
    context.apply(context.layers.globalAveragePooling2d({ name: node.name }), x!),
});
