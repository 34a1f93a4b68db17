import type { Pair } from '../../../../../models/graph/window.js';
import type { FusedActivation } from '../../../../../models/lowering/onnx.js';
import type { Attribute } from '../../../write/messages.js';
import { addends, fused, NCHWC } from '../../../write/nchwc.js';
import type { Ref } from '../../../write/ref.js';
import type { Emission } from '../../contract/operator.js';
import type { BlockedConvolution } from './blocked-convolution.js';

export interface ForwardOptions {
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
  convolution: BlockedConvolution,
  { bias, sum, activation }: ForwardOptions,
): Ref {
  const { lanes, channelBlocks, filterBlocks, map, size, pads, output } = convolution;
  const b = blocks.images;
  const [groups, channels, filters] = [batch / b, channelBlocks * lanes, filterBlocks * blocks.channels];
  const x = g.reshape(convolution.x, [groups, channels, map[0], map[1] * b]);
  const kernel = g.reshape(convolution.kernel, [filters, channels, ...size]);
  const attributes = { ...windowAttributes(size, pads, b), ...fused(activation) };
  const dims = [groups, filters, output[0], output[1] * b];
  return g.op('Conv', [x, kernel, ...addends(bias, sum && g.reshape(sum, dims))], dims, attributes, NCHWC);
}

/** The output's gradient convolved with the flipped kernel, its channels swapped, added to a sum. @returns [n, C, H, W * b] */
export function inputGradient(
  { g, batch, blocks }: Emission,
  convolution: BlockedConvolution,
  dy: Ref,
  sum?: Ref,
): Ref {
  const { channelBlocks, filterBlocks, map, size, pads, output } = convolution;
  const { images: b, channels: B } = blocks;
  const [kh, kw] = size;
  const [top, left, bottom, right] = pads;
  const around = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
  const [channels, filters] = [channelBlocks * B, filterBlocks * B];
  const kernel = g.reshape(turnedKernel({ g, blocks }, convolution), [channels, filters, kh, kw]);
  const gradient = g.reshape(dy, [batch / b, filters, output[0], output[1] * b]);
  const dims = [batch / b, channels, map[0], map[1] * b];
  const inputs = [gradient, kernel, ...addends(undefined, sum && g.reshape(sum, dims))];
  return g.op('Conv', inputs, dims, windowAttributes(size, around, b), NCHWC);
}

/** [O/B, c, taps, k, B] to [c, O/B, taps flipped, B, k]: whole tiles change places, then each is transposed. */
function turnedKernel(
  { g, blocks }: Pick<Emission, 'g' | 'blocks'>,
  { kernel, channelBlocks, filterBlocks, size }: BlockedConvolution,
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
export function transposedTiles(g: Emission['g'], x: Ref, rows: number, width: number, B: number): Ref {
  return g.op(
    'ReorderOutput',
    [g.reshape(x, [rows, B, width, 1])],
    [rows, B, width, 1],
    { channels: B },
    NCHWC,
  );
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
