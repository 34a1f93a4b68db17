import * as z from 'zod';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';
import { paddedArithmetic, padsOf, zeroPadding2d } from './zero-padding2d.js';

const schema = z.strictObject({
  padding: zeroPadding2d.schema.shape.padding.describe(
    'Rows and columns on every side; [rows, columns]; or [[top, bottom], [left, right]].',
  ),
  value: z.number().describe('What they are filled with, such as the value of the background.'),
});

/**
 * Surrounds a map with one value: [H, W, C] to [top + H + bottom, left + W + right, C].
 * @throws ShapeError where its input is no map
 */
export const constantPadding2d = defineLayer({
  keras: 'ConstantPadding2D',
  description: 'Rows and columns of one value around a feature map.',
  schema,
  outputShape: (params, inputs) => zeroPadding2d.outputShape(params, inputs),
  explain: (params, inputs, output) => [
    ...zeroPadding2d.explain!(params, inputs, output),
    `the rows and columns that are added hold ${params.value}; nothing to learn`,
  ],
  arithmetic: (params, place, numbers) => paddedArithmetic(params, place, numbers, params.value),
  onnx: (operators, node, [x]) =>
    operators.pad2d(x!, { pads: padsOf(node.params), value: node.params.value }),
  tensorflow: (context, node, [x]) =>
    context.apply(
      new context.own.ConstantPadding2D({
        name: node.name,
        pads: padsOf(node.params),
        value: node.params.value,
      }),
      x!,
    ),
  torch: (_self, { params }, [x]) => {
    const [top, left, bottom, right] = padsOf(params);
    return {
      value: torchCall('F.pad', [x!, `(${left}, ${right}, ${top}, ${bottom})`], { value: params.value }),
    };
  },
});
