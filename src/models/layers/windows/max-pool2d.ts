import * as z from 'zod';
import { largestOf, windowTerms } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall, torchPadding, torchPair, torchStride } from '../../lowering/torch.js';
import {
  explainChannels,
  explainSizes,
  pooling,
  poolingArguments,
  poolingGeometry,
  poolingSchema,
} from './pooling.js';

const schema = poolingSchema.extend({
  rounding: z
    .enum(['floor', 'ceil'])
    .default('floor')
    .describe(
      "What becomes of rows and columns at the end that fill no window: 'floor' drops them, 'ceil' gives them one that reaches over the edge (PyTorch's ceil_mode).",
    ),
});

/**
 * The largest value of each window, channel by channel: [H, W, C] to [oh, ow, C]. Padding never wins.
 * @throws ShapeError where its input is no map, or a window does not fit it or could lie in the padding alone
 */
export const maxPool2d = defineLayer({
  ...pooling,
  schema,
  keras: 'MaxPooling2D',
  description: 'The largest value of each window.',
  explain: (params, [input]) => [...explainSizes(params, input!, 'are thrown away'), explainChannels(input!)],
  arithmetic: (params, place, { inputs: [input] }) =>
    largestOf(windowTerms(input!, poolingGeometry(params, input!.shape), place, () => 1)),
  onnx: (operators, node, [x]) =>
    operators.maxPool2d(x!, { geometry: poolingGeometry(node.params, node.inputShapes[0]!) }),
  tensorflow(context, node, [x]) {
    const { params } = node;
    const isOver = params.rounding === 'ceil' && params.padding !== 'same';
    const wanted = isOver ? poolingGeometry(params, node.inputShapes[0]!).pads : params.padding;
    const { input, padding } = context.padded(node.name, x!, wanted, 'lowest');
    return context.apply(
      context.layers.maxPooling2d(poolingArguments(node.name, node.params, padding)),
      input,
    );
  },
  torch(_self, { params, inputShapes: [input] }, [x]) {
    const geometry = poolingGeometry(params, input!);
    const padded = torchPadding(geometry, x!, 'float("-inf")', 0.5);
    return {
      value: torchCall('F.max_pool2d', [padded.input, torchPair(geometry.size)], {
        stride: torchStride(geometry, 'size'),
        padding: padded.padding,
      }),
    };
  },
});
