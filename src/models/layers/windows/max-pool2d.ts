import { defineLayer } from '../../lowering/layer.js';
import { pooling, poolingArguments, poolingGeometry } from './pooling.js';

/** The largest value of each window, channel by channel: [H, W, C] to [oh, ow, C]. Padding never wins. */
export const maxPool2d = defineLayer({
  ...pooling,
  keras: 'MaxPooling2D',
  description: 'The largest value of each window.',
  onnx: (operators, node, [x]) =>
    operators.maxPool2d(x!, { geometry: poolingGeometry(node.params, node.inputShapes[0]!) }),
  tensorflow(context, node, [x]) {
    const { input, padding } = context.padded(node.name, x!, node.params.padding, 'lowest');
    return context.apply(
      context.layers.maxPooling2d(poolingArguments(node.name, node.params, padding)),
      input,
    );
  },
});
