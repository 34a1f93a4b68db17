import * as z from 'zod';
import { requireMap } from '../../graph/window.js';
import {
  type Arithmetic,
  copied,
  describePlace,
  isWithin,
  type LayerNumbers,
  valueAt,
} from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall } from '../../lowering/torch.js';

const count = z.int().min(0);
const schema = z.strictObject({
  padding: z
    .union([count, z.tuple([count, count]), z.tuple([z.tuple([count, count]), z.tuple([count, count])])])
    .default(1)
    .describe('Zeros on every side; [rows, columns]; or [[top, bottom], [left, right]].'),
});
type Params = Pick<z.output<typeof schema>, 'padding'>;

/** Rows and columns of zeros: [top, left, bottom, right]. */
export function padsOf({ padding }: Params): [number, number, number, number] {
  if (typeof padding === 'number') return [padding, padding, padding, padding];
  const [vertical, horizontal] = padding;
  const [top, bottom] = typeof vertical === 'number' ? [vertical, vertical] : vertical;
  const [left, right] = typeof horizontal === 'number' ? [horizontal, horizontal] : horizontal;
  return [top, left, bottom, right];
}

/** A value of a padded map: that of the map, or the padding's. */
export function paddedArithmetic(
  params: Params,
  [row, column, channel]: readonly number[],
  { inputs: [input] }: LayerNumbers,
  value: number,
): Arithmetic {
  const [top, left] = padsOf(params);
  const place = [row! - top, column! - left, channel!];
  if (!isWithin(input!.shape, place)) return copied({ input: value, place: null }, 'padding');
  return copied({ input: valueAt(input!, place), place }, `the input at ${describePlace(place)}`);
}

/**
 * Surrounds a map with zeros: [H, W, C] to [top + H + bottom, left + W + right, C].
 * @throws ShapeError where its input is no map
 */
export const zeroPadding2d = defineLayer({
  keras: 'ZeroPadding2D',
  description: 'Rows and columns of zeros around a feature map.',
  schema,
  shorthand: 'padding',
  outputShape(params, [input]) {
    requireMap(input!);
    const [top, left, bottom, right] = padsOf(params);
    return [top + input![0]! + bottom, left + input![1]! + right, input![2]!];
  },
  explain(params, [input], output) {
    const [top, left, bottom, right] = padsOf(params);
    return [
      `output: ${top} + ${input![0]} + ${bottom} = ${output[0]} rows, ${left} + ${input![1]} + ${right} = ${output[1]} columns`,
    ];
  },
  arithmetic: (params, place, numbers) => paddedArithmetic(params, place, numbers, 0),
  onnx: (operators, node, [x]) => operators.pad2d(x!, { pads: padsOf(node.params), value: 0 }),
  tensorflow(context, node, [x]) {
    const [top, left, bottom, right] = padsOf(node.params);
    const padding: [[number, number], [number, number]] = [
      [top, bottom],
      [left, right],
    ];
    return context.apply(context.layers.zeroPadding2d({ name: node.name, padding }), x!);
  },
  torch: (_self, { params }, [x]) => {
    const [top, left, bottom, right] = padsOf(params);
    return { value: torchCall('F.pad', [x!, `(${left}, ${right}, ${top}, ${bottom})`]) };
  },
});
