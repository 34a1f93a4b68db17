import type { Raster } from '../base/raster.js';
import { type Graph, withoutAuxiliaries } from '../models/graph/graph.js';
import { inPictureOrder } from '../models/pixels.js';
import type { ChannelOrder } from '../recipe/pixels.js';
import { type Range, rangeOf, strided, tileOf } from './tiles.js';

/** One filter as an image, and the range of its weights. */
export interface Filter extends Range {
  readonly tile: Raster;
}

/**
 * The filters of a kernel of [kh, kw, in, out], in colour where they see colours.
 * @param channelOrder of what they see
 */
export function filterTiles(
  kernel: Float32Array,
  shape: readonly number[],
  channelOrder?: ChannelOrder,
): Filter[] {
  const [height, width, depth, count] = shape as [number, number, number, number];
  return Array.from({ length: count }, (_, i) => {
    const values = strided(kernel, i, count);
    const shown = depth === 3 ? inPictureOrder(values, depth, channelOrder) : values;
    return { ...rangeOf(values), tile: tileOf(shown, height, width) };
  });
}

export interface FirstKernel {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The first layer with a kernel of [kh, kw, in, out], if there is one. */
export function findFirstKernel(graph: Graph): FirstKernel | undefined {
  for (const { name, weights } of withoutAuxiliaries(graph).nodes) {
    const kernel = weights.find((weight) => weight.name === 'kernel');
    if (kernel?.shape.length === 4) return { name, shape: kernel.shape };
  }
  return undefined;
}
