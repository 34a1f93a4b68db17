import type { Pair, WindowGeometry } from '../../../models/window.js';
import type { Attribute } from '../messages.js';
import type { Ref } from '../writer.js';
import { addends, type FusedActivation, fused, NCHWC } from './nchwc.js';
import type { Emission } from './operator.js';

/** A convolution of stride 1 with maps in blocks. Extents: n groups of b images, c blocks of k channels, B of the filters. */
export interface Plain {
  /** [n, c, H, W, b, k] */
  readonly x: Ref;
  /** [O/B, c, kh, kw, k, B] */
  readonly kernel: Ref;
  /** k: B, or 1 where the channels are too few for a block. */
  readonly lanes: number;
  /** c */
  readonly channelBlocks: number;
  /** O/B */
  readonly filterBlocks: number;
  /** [H, W] */
  readonly map: Pair;
  readonly size: Pair;
  readonly pads: WindowGeometry['pads'];
  readonly output: Pair;
}

/** What a core's second-level cache should hold of the filters while the kernel's gradient is computed, in bytes. */
const FILTER_BYTES = 1.1e6;

interface ForwardOptions {
  readonly bias?: Ref | undefined;
  /** What the products are added to. */
  readonly sum?: Ref | undefined;
  /** Of the sum with bias. */
  readonly activation?: FusedActivation | undefined;
}

/**
 * The images of a block stand side by side in the width, so that a step of one pixel is a dilation of b.
 * @returns [n, O, P, Q * b]
 */
export function forward(
  { g, batch, blocks }: Emission,
  plain: Plain,
  { bias, sum, activation }: ForwardOptions,
): Ref {
  const { lanes, channelBlocks, filterBlocks, map, size, pads, output } = plain;
  const b = blocks.images;
  const [groups, channels, filters] = [batch / b, channelBlocks * lanes, filterBlocks * blocks.channels];
  const x = g.reshape(plain.x, [groups, channels, map[0], map[1] * b]);
  const kernel = g.reshape(plain.kernel, [filters, channels, ...size]);
  const attributes = { ...windowAttributes(size, pads, b), ...fused(activation) };
  const dims = [groups, filters, output[0], output[1] * b];
  return g.op('Conv', [x, kernel, ...addends(bias, sum)], dims, attributes, NCHWC);
}

/** The output's gradient convolved with the flipped kernel, its channels swapped, added to a sum. @returns [n, C, H, W * b] */
export function inputGradient({ g, batch, blocks }: Emission, plain: Plain, dy: Ref, sum?: Ref): Ref {
  const { channelBlocks, filterBlocks, map, size, pads, output } = plain;
  const { images: b, channels: B } = blocks;
  const [kh, kw] = size;
  const [top, left, bottom, right] = pads;
  const around = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
  const [channels, filters] = [channelBlocks * B, filterBlocks * B];
  const kernel = g.reshape(turnedKernel({ g, blocks }, plain), [channels, filters, kh, kw]);
  const gradient = g.reshape(dy, [batch / b, filters, output[0], output[1] * b]);
  const dims = [batch / b, channels, map[0], map[1] * b];
  const inputs = [gradient, kernel, ...addends(undefined, sum && g.reshape(sum, dims))];
  return g.op('Conv', inputs, dims, windowAttributes(size, around, b), NCHWC);
}

/** [O/B, c, taps, k, B] to [c, O/B, taps flipped, B, k]: whole tiles change places, then each is transposed. */
function turnedKernel(
  { g, blocks }: Pick<Emission, 'g' | 'blocks'>,
  { kernel, channelBlocks, filterBlocks, size }: Plain,
): Ref {
  const B = blocks.channels;
  const taps = size[0] * size[1];
  const tiles = channelBlocks * filterBlocks * taps;
  const order = new Int32Array(tiles);
  let at = 0;
  for (let c = 0; c < channelBlocks; c++) {
    for (let o = 0; o < filterBlocks; o++) {
      for (let tap = taps - 1; tap >= 0; tap--) order[at++] = (o * channelBlocks + c) * taps + tap;
    }
  }
  const moved = g.gather(g.reshape(kernel, [tiles, B * B]), order, 0);
  return transposedTiles(g, moved, tiles, B, B);
}

/** Tiles [rows, width, B] to [rows, B, width]: what ONNX Runtime does to leave its layout. */
function transposedTiles(g: Emission['g'], x: Ref, rows: number, width: number, B: number): Ref {
  return g.op(
    'ReorderOutput',
    [g.reshape(x, [rows, B, width, 1])],
    [rows, B, width, 1],
    { channels: B },
    NCHWC,
  );
}

/**
 * The gradients of the kernels of all parts without any unfolding: the images of a block are summed over as a convolution's
 * channels are, so the output's gradient, as it lies, is a set of P x Q filters for the transposed input.
 * @returns [O/B, c, kh, kw, k, B] for each part
 */
export function kernelGradients(e: Emission, parts: readonly Plain[], dy: Ref): Ref[] {
  const { filterBlocks, output } = parts[0]!;
  const tiles = filterBlocks * output[0] * output[1];
  const filters = splitGroups(e, withImageLanes(e, dy, tiles));
  return parts.map((part) => kernelGradient(e, part, filters));
}

/** @param gradients of the output, one tensor a group of images */
function kernelGradient(e: Emission, plain: Plain, gradients: readonly Ref[]): Ref {
  const { g } = e;
  const { lanes, channelBlocks, filterBlocks, size, output } = plain;
  const B = e.blocks.channels;
  const filters = filterBlocks * B;
  const inputs = splitGroups(e, imagesInnermost(e, plain));
  const [hp, wp] = [output[0] + size[0] - 1, output[1] + size[1] - 1];
  let sum: Ref | undefined;
  gradients.forEach((gradient, n) => {
    const x = g.reshape(inputs[n]!, [channelBlocks, hp * wp, lanes * B]);
    const d = g.reshape(gradient, [filterBlocks, output[0] * output[1], B * B]);
    for (const tile of tilesOf(plain, B)) {
      const [rows, columns] = [tile.bottom - tile.top, tile.right - tile.left];
      const reach = { ...tile, bottom: tile.bottom + size[0] - 1, right: tile.right + size[1] - 1 };
      const part = cutOut(e, x, reach, [hp, wp]);
      const filter = g.reshape(cutOut(e, d, tile, output), [filters, B, rows, columns]);
      const image = g.reshape(part, [channelBlocks, B, rows + size[0] - 1, (columns + size[1] - 1) * lanes]);
      const dims = [channelBlocks, filters, size[0], size[1] * lanes];
      const attributes = { kernel_shape: [rows, columns], dilations: [1, lanes] };
      sum = g.op('Conv', [image, filter, ...addends(undefined, sum)], dims, attributes, NCHWC);
    }
  });
  const chunk = size[0] * size[1] * lanes * B;
  return g.transpose(g.reshape(sum!, [channelBlocks, filterBlocks, chunk]), [1, 0, 2]);
}

/** The padded input with its images innermost, filled up to B of them: [n, c, Hp, Wp, k, B]. */
function imagesInnermost({ g, batch, blocks }: Emission, plain: Plain): Ref {
  const { lanes, channelBlocks, pads } = plain;
  const [height, width] = plain.map;
  const { images: b, channels: B } = blocks;
  const rows = (batch / b) * channelBlocks;
  const turned = lanes === 1 ? plain.x : transposedTiles(g, plain.x, rows * height * width, b, B);
  const [top, left, bottom, right] = pads;
  const map = g.reshape(turned, [rows, height, width, lanes, b]);
  return g.pad(map, [0, top, left, 0, 0], [0, bottom, right, 0, B - b]);
}

/** Tiles [b, B] filled up to [B, B]. */
function withImageLanes({ g, batch, blocks }: Emission, dy: Ref, tiles: number): Ref {
  const { images: b, channels: B } = blocks;
  return g.pad(g.reshape(dy, [(batch / b) * tiles, b, B]), [0, 0, 0], [0, B - b, 0]);
}

/** One tensor a group of images. */
export function splitGroups({ g, batch, blocks }: Emission, x: Ref): Ref[] {
  const groups = batch / blocks.images;
  if (groups === 1) return [x];
  const size = x.dims.reduce((product, extent) => product * extent, 1) / groups;
  const sizes = Array.from({ length: groups }, () => size);
  return g.multi(
    'Split',
    [g.reshape(x, [groups * size]), g.indices(sizes)],
    sizes.map((s) => [s]),
    { axis: 0 },
  );
}

interface Tile {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * The parts of the output whose gradients are used as filters at once: whole rows, as many as the cache holds (a 27x27
 * output of a 5x5 kernel: 333 GFLOP/s in three parts, 171 in one); of wide outputs tiles of about 15 x 15.
 */
function tilesOf({ output, filterBlocks }: Plain, B: number): Tile[] {
  const [height, width] = output;
  const rowBytes = width * B * Math.min(filterBlocks * B, 4 * B) * 4;
  const fitting = Math.max(1, Math.floor(FILTER_BYTES / rowBytes));
  const square = fitting < 3 && height >= 28;
  const rows = square ? 15 : Math.ceil(height / Math.ceil(height / fitting));
  const columns = square ? 15 : width;
  return pieces(height, rows).flatMap(([top, bottom]) =>
    pieces(width, columns).map(([left, right]) => ({ top, left, bottom, right })),
  );
}

/** [0, n) in pieces of nearly equal length, of at most about `size`. */
function pieces(n: number, size: number): [number, number][] {
  const count = Math.ceil(n / size);
  const at = (i: number) => Math.round((i * n) / count);
  return Array.from({ length: count }, (_, i) => [at(i), at(i + 1)]);
}

/** A tile of [rows, H * W, inner]. */
function cutOut({ g }: Emission, x: Ref, { top, left, bottom, right }: Tile, [height, width]: Pair): Ref {
  if (bottom - top === height && right - left === width) return x;
  const places = new Int32Array((bottom - top) * (right - left));
  let at = 0;
  for (let y = top; y < bottom; y++) for (let c = left; c < right; c++) places[at++] = y * width + c;
  return g.gather(x, places, 1);
}

/** The sum of the output's gradient over images and places, [O]; in two steps, which is ten times as fast as in one. */
export function biasGradient({ g, batch, blocks }: Emission, dy: Ref, filters: number): Ref {
  const { images: b, channels: B } = blocks;
  const count = Math.ceil(filters / B);
  const groups = batch / b;
  const places = dy.dims.reduce((product, extent) => product * extent, 1) / (batch * count * B);
  const byImage = g.sum(g.reshape(dy, [groups * count, places, b * B]), [1], false);
  return g.reshape(g.sum(g.reshape(byImage, [groups, count, b, B]), [0, 2], false), [count * B]);
}

function windowAttributes(
  size: Pair,
  [top, left, bottom, right]: readonly [number, number, number, number],
  images: number,
): Record<string, Attribute> {
  return {
    kernel_shape: size,
    dilations: [1, images],
    pads: [top, left * images, bottom, right * images],
  };
}
