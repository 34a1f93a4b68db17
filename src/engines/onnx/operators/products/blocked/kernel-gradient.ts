import { sizeOf } from '../../../../../base/tensor.js';
import type { Pair } from '../../../../../models/graph/window.js';
import { addends, NCHWC } from '../../../write/nchwc.js';
import type { Ref } from '../../../write/ref.js';
import type { Emission } from '../../contract/operator.js';
import { pickOrZero } from '../../contract/windows.js';
import type { BlockedConvolution } from './blocked-convolution.js';
import { splitGroups, transposedTiles } from './blocked-products.js';

/** What a core's second-level cache should hold of the filters while the kernel's gradient is computed, in bytes. */
const FILTER_BYTES = 1.1e6;

/**
 * The gradients of the kernels of all terms without any unfolding: images are summed over as a convolution's channels are,
 * in the lanes of a block, so the output's gradient, as it lies, is a set of P x Q filters for the transposed input.
 * Where a block holds fewer images than it has lanes, segments of rows lie beside them.
 * @returns [O/B, c, kh, kw, k, B] for each term
 */
export function kernelGradients(e: Emission, terms: readonly BlockedConvolution[], dy: Ref): Ref[] {
  const segments = segmentsOf(e, terms[0]!);
  const filters = splitGroups(e, gradientInLanes(e, terms[0]!, segments, dy));
  return terms.map((term) => kernelGradient(e, term, segments, filters));
}

/** The output's rows in some segments of as many rows, of which the last may reach beyond the output. */
interface Segments {
  readonly count: number;
  readonly rows: number;
}

function segmentsOf({ blocks }: Emission, { output: [height] }: BlockedConvolution): Segments {
  const fitting = Math.max(1, Math.min(Math.floor(blocks.channels / blocks.images), height));
  const rows = Math.ceil(height / fitting);
  return { count: Math.ceil(height / rows), rows };
}

/** @param gradients of the output, one tensor a group of images */
function kernelGradient(
  e: Emission,
  convolution: BlockedConvolution,
  segments: Segments,
  gradients: readonly Ref[],
): Ref {
  const { g } = e;
  const { lanes, channelBlocks, filterBlocks, size } = convolution;
  const B = e.blocks.channels;
  const filters = filterBlocks * B;
  const inputs = splitGroups(e, inputInLanes(e, convolution, segments));
  const output: Pair = [segments.rows, convolution.output[1]];
  const reachOf = ([rows, columns]: Pair): Pair => [rows + size[0] - 1, columns + size[1] - 1];
  const padded = reachOf(output);
  const bytesOf = (extents: Pair) =>
    4 * B * (channelBlocks * lanes * sizeOf(reachOf(extents)) + filters * sizeOf(extents));
  const runs = runsOf(tilesOf(output, filters, B), bytesOf);
  let sum: Ref | undefined;
  gradients.forEach((gradient, n) => {
    const x = g.reshape(inputs[n]!, [channelBlocks, sizeOf(padded), lanes * B]);
    const d = g.reshape(gradient, [filterBlocks, sizeOf(output), B * B]);
    for (const tiles of runs) {
      const extents = extentsOf(tiles[0]!);
      const reach = reachOf(extents);
      const channels = tiles.length * B;
      const filter = g.reshape(cutOut(e, d, tiles, extents, output), [filters, channels, ...extents]);
      const image = g.reshape(cutOut(e, x, tiles, reach, padded), [
        channelBlocks,
        channels,
        reach[0],
        reach[1] * lanes,
      ]);
      const dims = [channelBlocks, filters, size[0], size[1] * lanes];
      const attributes = { kernel_shape: extents, dilations: [1, lanes] };
      sum = g.op('Conv', [image, filter, ...addends(undefined, sum)], dims, attributes, NCHWC);
    }
  });
  const chunk = size[0] * size[1] * lanes * B;
  return g.transpose(g.reshape(sum!, [channelBlocks, filterBlocks, chunk]), [1, 0, 2]);
}

/** The padded input with its images, and segments, innermost: [n, c, Hp, Wp, k, B]. */
function inputInLanes(e: Emission, convolution: BlockedConvolution, segments: Segments): Ref {
  const { g, batch, blocks } = e;
  const { lanes, channelBlocks, map, pads, size, output } = convolution;
  const { images: b, channels: B } = blocks;
  const rows = (batch / b) * channelBlocks;
  const [top, left, bottom, right] = pads;
  const turned = (x: Ref, places: number, width: number) =>
    lanes === 1 ? x : transposedTiles(g, x, rows * places, width, B);
  if (segments.count === 1) {
    const places = g.reshape(turned(convolution.x, map[0] * map[1], b), [rows, ...map, lanes, b]);
    return g.pad(places, [0, top, left, 0, 0], [0, bottom, right, 0, B - b]);
  }
  const extents: Pair = [segments.rows + size[0] - 1, output[1] + size[1] - 1];
  const places = segmentPlaces(segments, extents, (y, x) => placeIn(map, y - top, x - left));
  const picked = pickOrZero(g, [g.reshape(convolution.x, [rows, map[0] * map[1], b * lanes])], places);
  const width = segments.count * b;
  const tiles = g.reshape(turned(picked, extents[0] * extents[1], width), [
    rows,
    extents[0] * extents[1] * lanes,
    width,
  ]);
  return g.pad(tiles, [0, 0, 0], [0, 0, B - width]);
}

/** The output's gradient with images, and segments, side by side: [n, O, P, Q, B, B]. */
function gradientInLanes(
  { g, batch, blocks }: Emission,
  convolution: BlockedConvolution,
  segments: Segments,
  dy: Ref,
): Ref {
  const { filterBlocks, output } = convolution;
  const { images: b, channels: B } = blocks;
  const rows = (batch / b) * filterBlocks;
  const whole = g.reshape(dy, [rows, output[0] * output[1], b * B]);
  const places = segmentPlaces(segments, [segments.rows, output[1]], (y, x) => placeIn(output, y, x));
  const picked = segments.count === 1 ? whole : pickOrZero(g, [whole], places);
  const width = segments.count * b;
  const tiles = g.reshape(picked, [rows * segments.rows * output[1], width, B]);
  return g.pad(tiles, [0, 0, 0], [0, B - width, 0]);
}

/** The places of all segments by turns: of [y, x] of the first, of the second, ... */
function segmentPlaces(
  { count, rows }: Segments,
  [height, width]: Pair,
  place: (y: number, x: number) => number,
): Int32Array {
  const places = new Int32Array(height * width * count);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let segment = 0; segment < count; segment++) places[at++] = place(segment * rows + y, x);
    }
  }
  return places;
}

/** A place's index in a map, or -1 outside. */
const placeIn = ([height, width]: Pair, y: number, x: number): number =>
  y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;

interface Tile {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * The tiles of the output whose gradients are used as filters at once: whole rows, as many as the cache holds (a 27x27
 * output of a 5x5 kernel: 333 GFLOP/s in three tiles, 171 in one); of wide outputs tiles of about 15 x 15.
 */
function tilesOf([height, width]: Pair, filters: number, B: number): Tile[] {
  const rowBytes = width * B * Math.min(filters, 4 * B) * 4;
  const fitting = Math.max(1, Math.floor(FILTER_BYTES / rowBytes));
  const square = fitting < 3 && height >= 28;
  const rows = square ? 15 : Math.ceil(height / Math.ceil(height / fitting));
  const columns = square ? 15 : width;
  return pieces(height, rows).flatMap(([top, bottom]) =>
    pieces(width, columns).map(([left, right]) => ({ top, left, bottom, right })),
  );
}

/** [0, n) in pieces of nearly equal length, of at most `size`. */
function pieces(n: number, size: number): [number, number][] {
  const count = Math.ceil(n / size);
  const at = (i: number) => Math.round((i * n) / count);
  return Array.from({ length: count }, (_, i) => [at(i), at(i + 1)]);
}

const extentsOf = ({ top, left, bottom, right }: Tile): Pair => [bottom - top, right - left];

/** What the tiles of a run take, cut out of both maps: caches should hold most of it until the convolution reads it. */
const RUN_BYTES = 8e6;

/**
 * Tiles of equal extents in runs that one convolution sums over: each tile is one more block of its channels. Many small
 * convolutions take as long, but ONNX Runtime makes a session in a time that grows with the square of the nodes. (vgg16's step of 8
 * images: 2,706 nodes instead of 3,866.)
 */
function runsOf(tiles: readonly Tile[], bytesOf: (extents: Pair) => number): (readonly Tile[])[] {
  const alike = new Map<string, Tile[]>();
  for (const tile of tiles) {
    const key = extentsOf(tile).join();
    const known = alike.get(key);
    if (known) known.push(tile);
    else alike.set(key, [tile]);
  }
  return [...alike.values()].flatMap((all) => {
    const most = Math.max(1, Math.floor(RUN_BYTES / bytesOf(extentsOf(all[0]!))));
    return pieces(all.length, most).map(([from, to]) => all.slice(from, to));
  });
}

/** Tiles of [rows, H * W, inner], one behind the other, from their upper left corners on. */
function cutOut(
  { g }: Emission,
  x: Ref,
  tiles: readonly Tile[],
  [rows, columns]: Pair,
  [height, width]: Pair,
): Ref {
  if (rows === height && columns === width) return x;
  const places = new Int32Array(tiles.length * rows * columns);
  let at = 0;
  for (const { top, left } of tiles) {
    for (let y = top; y < top + rows; y++) {
      for (let c = left; c < left + columns; c++) places[at++] = y * width + c;
    }
  }
  return g.gather(x, places, 1);
}
