import * as z from 'zod';
import { ShapeError } from '../../graph/shape-error.js';
import { requireMap } from '../../graph/window.js';
import { largestOf, valueAt } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';

const schema = z.strictObject({
  poolSize: z.int().min(1).describe('How many neighbouring channels a window covers.'),
  strides: z.int().min(1).optional().describe('How far the window moves; the default is poolSize.'),
});
type Params = z.output<typeof schema>;

const strideOf = (params: Params) => params.strides ?? params.poolSize;

/**
 * Max pooling over channels: [H, W, C] to [H, W, floor((C - poolSize) / strides) + 1].
 * @throws ShapeError where its input is no map, or has fewer channels than a window
 */
export const depthMaxPool = defineLayer({
  keras: 'DepthMaxPooling',
  description: 'The largest of neighbouring channels, place by place.',
  schema,
  shorthand: 'poolSize',
  outputShape(params, [input]) {
    requireMap(input!);
    const channels = input![2]!;
    if (params.poolSize > channels) {
      throw new ShapeError(`a window of ${params.poolSize} channels does not fit an input of ${channels}`);
    }
    return [input![0]!, input![1]!, Math.floor((channels - params.poolSize) / strideOf(params)) + 1];
  },
  notes(params, [input]) {
    const dropped = (input![2]! - params.poolSize) % strideOf(params);
    return dropped > 0 ? [`drops the last ${dropped === 1 ? 'channel' : `${dropped} channels`}`] : [];
  },
  explain: (params, [input], output) => [
    `channels: floor((${input![2]} - ${params.poolSize}) / ${strideOf(params)}) + 1 = ${output[2]}; nothing to learn`,
  ],
  arithmetic(params, [row, column, channel], { inputs: [input] }) {
    const first = channel! * strideOf(params);
    const terms = Array.from({ length: params.poolSize }, (_, i) => {
      const place = [row!, column!, first + i];
      return { input: valueAt(input!, place), weight: 1, place, source: 0 };
    });
    return largestOf(terms);
  },
  onnx: (operators, node, [x]) =>
    operators.depthMaxPool(x!, { size: node.params.poolSize, stride: strideOf(node.params) }),
  tensorflow({ apply, own }, { name, params }, [x]) {
    return apply(new own.DepthMaxPooling({ name, size: params.poolSize, stride: strideOf(params) }), x!);
  },
  torch: (_self, { params }, [x]) => ({
    value: `${x}.unfold(1, ${params.poolSize}, ${strideOf(params)}).amax(-1)`,
  }),
});
