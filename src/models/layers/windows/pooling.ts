import * as z from 'zod';
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
  const least = Math.min(...pairOf(poolSize));
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
  explain: (params: PoolingParams, [input]: readonly Shape[]) => [
    explainWindow(input!, poolingGeometry(params, input!)),
    `channels: ${input![2]}, as in its input; nothing to learn`,
  ],
} as const;

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
