import { UsageError } from '../base/errors.js';
import type { Raster } from '../base/raster.js';
import { type Graph, withoutAuxiliaries } from '../models/graph/graph.js';
import { readWeightsItem, type WeightsItem } from './item.js';
import { type Range, rangeOf, strided, tileOf } from './tiles.js';

/** One filter as an image, and the range of its weights. */
export interface Filter extends Range {
  readonly tile: Raster;
}

/** The filters of a network's first convolution. */
export interface FirstFilters {
  readonly model: string;
  readonly run: string | null;
  readonly seed: number;
  readonly layer: string;
  /** [kernel height, kernel width, channels] */
  readonly shape: readonly [number, number, number];
  readonly before: readonly Filter[];
  /** "seed 1", or the file that training began with. */
  readonly beforeOrigin: string;
  /** What training made of them; null where nothing was trained. */
  readonly after: { readonly origin: string; readonly filters: readonly Filter[] } | null;
}

/** @throws UsageError for a network without a convolution. */
export async function firstFilters(argument: string): Promise<FirstFilters> {
  const item = await readWeightsItem(argument);
  const { name, shape } = firstKernel(item.graph);
  const [height, width, channels] = shape as [number, number, number, number];
  const filtersOf = (weights: WeightsItem['before']): Filter[] =>
    filterTiles(weights.get(`${name}/kernel`)!.data, shape);
  const { after } = item;
  return {
    model: item.graph.name,
    run: item.run,
    seed: item.seed,
    layer: name,
    shape: [height, width, channels],
    before: filtersOf(item.before),
    beforeOrigin: item.beforeOrigin,
    after: after && { origin: after.origin, filters: filtersOf(after.weights) },
  };
}

/** The filters of a kernel of [kh, kw, in, out]. */
export function filterTiles(kernel: Float32Array, shape: readonly number[]): Filter[] {
  const [height, width, , count] = shape as [number, number, number, number];
  return Array.from({ length: count }, (_, i) => {
    const values = strided(kernel, i, count);
    return { ...rangeOf(values), tile: tileOf(values, height, width) };
  });
}

interface FirstKernel {
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

function firstKernel(graph: Graph): FirstKernel {
  const found = findFirstKernel(graph);
  if (found) return found;
  throw new UsageError(`${graph.name} has no convolution, and so no filters to show.`);
}
