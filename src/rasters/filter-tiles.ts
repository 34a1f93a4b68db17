import type { Raster } from '../base/raster.js';
import { type Graph, withoutAuxiliaries } from '../models/graph/graph.js';
import { type Range, rangeOf, strided, tileOf } from './tiles.js';

/** One filter as an image, and the range of its weights. */
export interface Filter extends Range {
  readonly tile: Raster;
}

/** The filters of a kernel of [kh, kw, in, out]. */
export function filterTiles(kernel: Float32Array, shape: readonly number[]): Filter[] {
  const [height, width, , count] = shape as [number, number, number, number];
  return Array.from({ length: count }, (_, i) => {
    const values = strided(kernel, i, count);
    return { ...rangeOf(values), tile: tileOf(values, height, width) };
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
