import * as z from 'zod';
import type { Shape } from '../../graph/graph.js';
import { requireMap, type WindowGeometry, windowGeometry } from '../../graph/window.js';
import { meanOf, windowTerms } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({});

/**
 * The mean of each channel over the whole map: [H, W, C] to [C] (Lin et al. 2013, Network in network).
 * @throws ShapeError where its input is no map
 */
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
  arithmetic: (_params, [channel], { inputs: [input] }) =>
    meanOf(windowTerms(input!, wholeMap(input!.shape), [0, 0, channel!], (count) => 1 / count)),
  onnx(operators, node, [x]) {
    const geometry = wholeMap(node.inputShapes[0]!);
    return operators.flatten(operators.averagePool2d(x!, { geometry }), {});
  },
  tensorflow: (context, node, [x]) =>
    context.apply(context.layers.globalAveragePooling2d({ name: node.name }), x!),
  torch: (_self, _node, [x]) => ({ value: `${x}.mean((2, 3))` }),
});

/** The window that covers a map of [H, W, C]. */
function wholeMap(input: Shape): WindowGeometry {
  return windowGeometry(input, { size: [input[0]!, input[1]!], strides: 1, padding: 'valid' });
}
