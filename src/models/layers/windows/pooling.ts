import * as z from 'zod';
import { minOf } from '../../../base/extremes.js';
import type { Shape } from '../../graph/graph.js';
import { ShapeError } from '../../graph/shape-error.js';
import {
  droppedNote,
  explainWindow,
  paddingSchema,
  pairOf,
  pairSchema,
  type Rounding,
  requireMap,
  type WindowGeometry,
  windowGeometry,
} from '../../graph/window.js';
import { type LayerNumbers, windowTerms } from '../../lowering/arithmetic.js';
import { type TorchLayer, torchCall, torchPadding, torchPair, torchStride } from '../../lowering/torch.js';

/** What max and average pooling have in common: everything but the function of the window. */
export const poolingSchema = z.strictObject({
  poolSize: pairSchema.default(2).describe('Height and width of the window.'),
  strides: pairSchema.optional().describe('How far the window moves; the default is poolSize.'),
  padding: paddingSchema.default('valid'),
});
type PoolingParams = z.output<typeof poolingSchema> & { rounding?: Rounding };

/** @throws ShapeError where the window does not fit, or where one could lie in the padding alone and so have no value. */
export function poolingGeometry(
  { poolSize, strides, padding, rounding }: PoolingParams,
  input: Shape,
): WindowGeometry {
  const least = minOf(pairOf(poolSize));
  if (typeof padding === 'number' && padding >= least) {
    throw new ShapeError(
      `a padding of ${padding} leaves windows of ${pairOf(poolSize).join('x')} without a value: ${least - 1} is the most`,
    );
  }
  return windowGeometry(input, { size: poolSize, strides: strides ?? poolSize, padding, rounding });
}

export const pooling = {
  schema: poolingSchema,
  shorthand: 'poolSize',
  outputShape(params: PoolingParams, [input]: readonly Shape[]): Shape {
    requireMap(input!);
    return [...poolingGeometry(params, input!).output, input![2]!];
  },
  window: (params: PoolingParams) => ({
    size: pairOf(params.poolSize),
    stride: pairOf(params.strides ?? params.poolSize),
  }),
  notes: (params: PoolingParams, [input]: readonly Shape[]) =>
    droppedNote(poolingGeometry(params, input!).dropped),
  geometry: (params: PoolingParams, [input]: readonly Shape[]) => poolingGeometry(params, input!),
} as const;

/**
 * The output size and how many values there are then.
 * @param lost what becomes of those that there are no more: "fewer", "are thrown away"
 */
export function explainSizes(params: PoolingParams, input: Shape, lost: string): string[] {
  const geometry = poolingGeometry(params, input);
  const [height, width] = input as [number, number, number];
  const [rows, columns] = geometry.output;
  const [before, after] = [height * width, rows * columns];
  const share = Number((100 * (1 - after / before)).toPrecision(3));
  const values = `values in a channel: ${height} x ${width} = ${before} to ${rows} x ${columns} = ${after}`;
  return [explainWindow(input, geometry), ...(after < before ? [`${values}, ${share} % ${lost}`] : [])];
}

/** What pooling without weights says of its channels. */
export const explainChannels = (input: Shape) => `channels: ${input[2]}, as in its input; nothing to learn`;

/** The values of a window, padding left out, each with the weight 1 / count: what a mean is made of. */
export const meanTerms = (
  params: PoolingParams,
  place: readonly number[],
  { inputs: [input] }: LayerNumbers,
) => windowTerms(input!, poolingGeometry(params, input!.shape), place, (count) => 1 / count);

/** The arguments of TensorFlow.js's pooling layers. */
export const poolingArguments = (name: string, params: PoolingParams, padding: 'valid' | 'same') => ({
  name,
  poolSize: [...pairOf(params.poolSize)] as [number, number],
  strides: [...pairOf(params.strides ?? params.poolSize)] as [number, number],
  padding,
});

/** In Python, for exports: PyTorch's own average pooling pads alike at both ends only. */
const REAL_MEAN_POOL = `def real_mean_pool(x, size, stride, pads):
    """The mean of the real values of each window, padding left out: [N, C, H, W] to [N, C, oh, ow]."""
    means = F.avg_pool2d(F.pad(x, pads), size, stride)
    shares = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), pads), size, stride)
    return means / shares`;

/** Average pooling in PyTorch, where padding does not count. */
export function torchAveragePool(geometry: WindowGeometry, x: string): TorchLayer {
  const { input, padding } = torchPadding(geometry, x, '0', 0.5);
  const size = torchPair(geometry.size);
  if (input === x) {
    const stride = torchStride(geometry, 'size');
    const keywords = { stride, padding, count_include_pad: padding && 'False' };
    return { value: torchCall('F.avg_pool2d', [x, size], keywords) };
  }
  const [top, left, bottom, right] = geometry.pads;
  const pads = `(${left}, ${right}, ${top}, ${bottom})`;
  return {
    value: torchCall('real_mean_pool', [x, size, torchPair(geometry.strides), pads]),
    definitions: [REAL_MEAN_POOL],
  };
}
