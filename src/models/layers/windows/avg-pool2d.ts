import { meanOf } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import {
  explainChannels,
  explainSizes,
  meanTerms,
  pooling,
  poolingArguments,
  poolingGeometry,
  torchAveragePool,
} from './pooling.js';

/**
 * The mean of each window's real (unpadded) values, channel by channel: [H, W, C] to [oh, ow, C].
 * @throws ShapeError where its input is no map, or a window does not fit it or could lie in the padding alone
 */
export const avgPool2d = defineLayer({
  ...pooling,
  keras: 'AveragePooling2D',
  description: 'The mean of each window; padding does not count.',
  explain: (params, [input]) => [...explainSizes(params, input!, 'fewer'), explainChannels(input!)],
  arithmetic: (params, place, numbers) => meanOf(meanTerms(params, place, numbers)),
  onnx: (operators, node, [x]) =>
    operators.averagePool2d(x!, { geometry: poolingGeometry(node.params, node.inputShapes[0]!) }),
  tensorflow: (context, node, [x]) =>
    context.averagePool(
      poolingArguments(node.name, node.params, 'valid'),
      poolingGeometry(node.params, node.inputShapes[0]!),
      x!,
    ),
  torch: (_self, { params, inputShapes: [input] }, [x]) =>
    torchAveragePool(poolingGeometry(params, input!), x!),
});
