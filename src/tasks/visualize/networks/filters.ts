import { UsageError } from '../../../base/errors.js';
import type { Graph } from '../../../models/graph/graph.js';
import type { FirstKernel } from '../../../rasters/filter-tiles.js';
import { type Filter, filterTiles, findFirstKernel } from '../../../rasters/filter-tiles.js';
import { readWeightsItem, type WeightsItem } from './item.js';

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
  const item = await readWeightsItem(argument, (graph) => `${firstKernel(graph).name}/kernel`);
  const { name, shape } = firstKernel(item.graph);
  const [height, width, channels] = shape as [number, number, number, number];
  const filtersOf = (weights: WeightsItem['before']): Filter[] =>
    filterTiles(weights.get(`${name}/kernel`)!.data, shape, item.graph.pixels.channelOrder);
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

function firstKernel(graph: Graph): FirstKernel {
  const found = findFirstKernel(graph);
  if (found) return found;
  throw new UsageError(`${graph.name} has no convolution, and so no filters to show.`);
}
