import { UsageError } from '../errors.js';
import { type Graph, withoutAuxiliaries } from '../models/graph.js';
import type { Raster } from '../ui/raster.js';
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
  const [height, width, channels, count] = shape as [number, number, number, number];
  const filtersOf = (weights: WeightsItem['before']): Filter[] => {
    const kernel = weights.get(`${name}/kernel`)!.data;
    return Array.from({ length: count }, (_, i) => {
      const values = strided(kernel, i, count);
      return { ...rangeOf(values), tile: tileOf(values, height, width) };
    });
  };
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

/** The first layer with a kernel of [kh, kw, in, out]. */
function firstKernel(graph: Graph): { name: string; shape: readonly number[] } {
  for (const { name, weights } of withoutAuxiliaries(graph).nodes) {
    const kernel = weights.find((weight) => weight.name === 'kernel');
    if (kernel?.shape.length === 4) return { name, shape: kernel.shape };
  }
  throw new UsageError(`${graph.name} has no convolution, and so no filters to show.`);
}
