import { loadSharp } from '../base/machine/sharp.js';
import { resized, tiled } from '../base/raster.js';
import type { Tensors } from '../base/tensor.js';
import type { Graph } from '../models/graph/graph.js';
import { filterTiles, findFirstKernel } from './filter-tiles.js';

interface FilterSheet {
  readonly layer: string;
  readonly width: number;
  readonly height: number;
  readonly png: Buffer;
}

/** Pixels of a filter's longer side, about. */
const SIDE = 48;
const GAP = 4;

/** The filters of a network's first convolution side by side on white; null where it has none. */
export async function filterSheet(graph: Graph, weights: Tensors): Promise<FilterSheet | null> {
  const first = findFirstKernel(graph);
  const kernel = first && weights.get(`${first.name}/kernel`);
  if (!kernel) return null;
  const tiles = filterTiles(kernel.data, first.shape, graph.pixels.channelOrder).map(({ tile }) => {
    const scale = Math.max(1, Math.round(SIDE / Math.max(tile.width, tile.height)));
    return resized(tile, tile.width * scale, tile.height * scale);
  });
  const { pixels, width, height } = tiled(tiles, Math.ceil(Math.sqrt(tiles.length)), GAP);
  const sharp = await loadSharp();
  const png = await sharp(pixels, { raw: { width, height, channels: 4 } })
    .flatten({ background: '#ffffff' })
    .png()
    .toBuffer();
  return { layer: first.name, width, height, png };
}
