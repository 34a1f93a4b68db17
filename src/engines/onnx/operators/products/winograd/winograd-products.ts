import type { Pair, WindowGeometry } from '../../../../../models/graph/window.js';
import { addends, NCHWC, scaledChannels } from '../../../write/nchwc.js';
import type { Ref } from '../../../write/ref.js';
import type { GraphWriter } from '../../../write/writer.js';
import type { Emission } from '../../contract/operator.js';
import { ACTIVATIONS } from '../../values/activation.js';
import type { BlockedConvolution } from '../blocked/blocked-convolution.js';
import { type ForwardOptions, transposedTiles } from '../blocked/blocked-products.js';
import {
  inputTiling,
  outputTiling,
  type Piece,
  piecesOf,
  reachesOut,
  rowsIn,
  rowsOfPlaces,
  rowsUnder,
  type Tiling,
  tilesIn,
} from './tiles.js';
import type { Transforms } from './transforms.js';

/**
 * A 3x3 convolution of stride 1 with maps in blocks, by Winograd's minimal filtering. A place of a block of channels and
 * images, b * B values in a row of memory, is what moves: tiles are gathered, and transformed by one product with a constant
 * matrix; the t * t products are the groups of one 1x1 convolution in ONNX Runtime's own layout, whose channels are those of
 * the map and whose places are tiles and images.
 */
interface Filtered {
  /** [n, c, H, W, b, B] */
  readonly x: Ref;
  /** [t * t * f, c, B, B] */
  readonly kernel: Ref;
  readonly channelBlocks: number;
  readonly filterBlocks: number;
  readonly map: Pair;
  readonly pads: WindowGeometry['pads'];
  readonly output: Pair;
}

/** @returns [n, O, P, Q * b] */
export function winogradForward(
  e: Emission,
  t: Transforms,
  convolution: BlockedConvolution,
  { bias, sum, activation }: ForwardOptions,
): Ref {
  const transform = (g: GraphWriter, kernel: Ref) =>
    transformedKernel({ g, blocks: e.blocks }, t, { ...convolution, kernel }, 'forth');
  const kernel = e.once(convolution.kernel, `winograd-${t.outputs}x${t.outputs}`, transform);
  const output = filtered(e, t, { ...convolution, kernel }, bias);
  const { g } = e;
  if (!sum) return activation ? ACTIVATIONS[activation].forward(g, output, 1) : output;
  const [, channels] = output.dims;
  const ones = g.constant(new Float32Array(channels!).fill(1), [channels!]);
  return scaledChannels(g, g.lateReshape(sum, output.dims), ones, { sum: output, activation });
}

/** The output's gradient convolved with the flipped kernel, added to a sum. @returns [n, C, H, W * b] */
export function winogradInputGradient(
  e: Emission,
  t: Transforms,
  convolution: BlockedConvolution,
  dy: Ref,
  before?: Ref,
): Ref {
  const { channelBlocks, filterBlocks, map, output, pads } = convolution;
  const [top, left, bottom, right] = pads;
  const gradient = filtered(e, t, {
    x: dy,
    kernel: transformedKernel(e, t, convolution, 'back'),
    channelBlocks: filterBlocks,
    filterBlocks: channelBlocks,
    map: output,
    pads: [2 - top, 2 - left, 2 - bottom, 2 - right],
    output: map,
  });
  return before ? e.g.add(gradient, e.g.lateReshape(before, gradient.dims)) : gradient;
}

/**
 * The kernel's gradient: G'[sum of (B'd B) * (A dy A')]G over tiles and images. Images are a convolution's channels here, so
 * that a block must hold as many of them as of channels; the transformed input, which the forward pass has left, is its
 * kernel as it lies.
 * @returns [O/B, c, 9, B, B]
 */
export function winogradKernelGradient(
  e: Emission,
  t: Transforms,
  convolution: BlockedConvolution,
  dy: Ref,
): Ref {
  const { g, batch, blocks } = e;
  const { channelBlocks, filterBlocks, output } = convolution;
  const B = blocks.channels;
  const values = t.inputs ** 2;
  const tiling = outputTiling(batch / B, filterBlocks, output, t.outputs);
  const turned = transposedTiles(g, dy, rowsIn(tiling), B, B);
  const parts = piecesOf(tiling, tileBytes(e, t, channelBlocks));
  // ONNX Runtime computes first what is written last: a sum before the next piece, gradients before what is made again.
  const isKept =
    tilesIn(tiling) * tileBytes(e, t, channelBlocks) <= (g.sparesMemory ? KEPT_BYTES_SPARING : KEPT_BYTES);
  const turn = isKept ? '' : 'again';
  const inputs = parts.map((piece) =>
    transformedInput(e, t, isKept ? convolution : { ...convolution, x: g.again(convolution.x) }, piece, turn),
  );
  const gradients = parts.map((piece) =>
    transformed(g, t, 'outputBack', cut(e, turned, tiling, piece, 'channels'), [
      filterBlocks,
      values,
      (piece.to - piece.from) * B * B,
    ]),
  );
  const sums = parts.reduce<Ref | undefined>((sum, { from, to }, i) => {
    const images = (to - from) * B;
    const m = g.lateReshape(gradients[i]!, [filterBlocks, values * images, 1, B]);
    const v = g.lateReshape(inputs[i]!, [values * channelBlocks * B, images, 1, 1]);
    const dims = [filterBlocks, values * channelBlocks * B, 1, B];
    return g.op(
      'Conv',
      [m, v, ...addends(undefined, sum)],
      dims,
      { kernel_shape: [1, 1], group: values },
      NCHWC,
    );
  }, undefined);
  const tiles = channelBlocks * B * B;
  const kernel = transformed(g, t, 'kernelBack', g.lateReshape(sums!, [filterBlocks, values, tiles]), [
    filterBlocks,
    9,
    tiles,
  ]);
  const upright = transposedTiles(g, kernel, filterBlocks * 9 * channelBlocks, B, B);
  return g.transpose(g.lateReshape(upright, [filterBlocks, 9, channelBlocks, B * B]), [0, 2, 1, 3]);
}

/**
 * [t * t, c * tiles * b * B] of a piece.
 * @param turn another word computes it once more
 */
function transformedInput(
  e: Emission,
  t: Transforms,
  { x, channelBlocks, map, pads, output }: Omit<Filtered, 'kernel' | 'filterBlocks'>,
  piece: Piece,
  turn = '',
): Ref {
  const { images: b, channels: B } = e.blocks;
  const tiling = inputTiling({ groups: e.batch / b, channelBlocks, map }, pads, output, t.outputs);
  const dims = [t.inputs ** 2, channelBlocks * (piece.to - piece.from) * b * B];
  return transformed(e.g, t, 'input', cut(e, x, tiling, piece, 'values', turn), dims);
}

/**
 * Up to so many bytes a transformed input is kept for the kernel's gradient, where it is transformed again otherwise; the
 * second where memory is to be spared (resnet18, 16 images: 43 MB).
 */
const [KEPT_BYTES, KEPT_BYTES_SPARING] = [1.5e7, 1e7];

/** The bytes of one tile of all channel blocks, transformed. */
const tileBytes = ({ blocks }: Emission, { inputs }: Transforms, channelBlocks: number): number =>
  4 * inputs ** 2 * channelBlocks * blocks.images * blocks.channels;

/** @param bias one value a filter */
function filtered(e: Emission, t: Transforms, convolution: Filtered, bias?: Ref): Ref {
  const { g, batch, blocks } = e;
  const { kernel, channelBlocks, filterBlocks, output } = convolution;
  const { images: b, channels: B } = blocks;
  const values = t.inputs ** 2;
  const outputs = outputTiling(batch / b, filterBlocks, output, t.outputs);
  const parts = piecesOf(outputs, tileBytes(e, t, channelBlocks));
  const filters = g.lateReshape(kernel, [values * filterBlocks * B, channelBlocks * B, 1, 1]);
  const offset = bias ? [evenBias(g, t, bias)] : [];
  const rows = parts.map((piece) => {
    const tiles = piece.to - piece.from;
    const v = transformedInput(e, t, convolution, piece);
    const x = g.lateReshape(v, [1, values * channelBlocks * B, tiles, b]);
    const dims = [1, values * filterBlocks * B, tiles, b];
    const products = g.op(
      'Conv',
      [x, filters, ...offset],
      dims,
      { kernel_shape: [1, 1], group: values },
      NCHWC,
    );
    const inner = filterBlocks * tiles * b * B;
    const y = transformed(g, t, 'output', g.lateReshape(products, [values, inner]), [t.outputs ** 2, inner]);
    return g.lateReshape(y, [t.outputs ** 2 * filterBlocks * tiles, b * B]);
  });
  const places = g.shared(`places ${parts.length} ${keyOf(outputs)}`, () =>
    rowNumbers(g, rowsOfPlaces(outputs, parts)),
  );
  const placed = g.pick(g.concat(rows, 0), places);
  return g.reshape(placed, [batch / b, filterBlocks * B, output[0], output[1] * b]);
}

/** A bias for the one product that goes into every output alike: [t * t * O]. */
function evenBias(g: GraphWriter, { inputs, even }: Transforms, bias: Ref): Ref {
  const [filters] = bias.dims as [number];
  return g.pad(bias, [even * filters], [(inputs ** 2 - even - 1) * filters]);
}

/** A piece of a map's tiles, [t * t, c * tiles * b * B] or [c, t * t, tiles * b * B]; zeros outside the map. */
function cut(
  { g, blocks }: Emission,
  x: Ref,
  tiling: Tiling,
  piece: Piece,
  outermost: 'values' | 'channels',
  turn = '',
): Ref {
  const inner = blocks.images * blocks.channels;
  const whole = g.lateReshape(x, [rowsIn(tiling), inner]);
  const zeros = () => g.constant(new Float32Array(inner), [1, inner]);
  const source = reachesOut(tiling) ? g.concat([whole, g.shared(`zeros ${inner} ${turn}`, zeros)], 0) : whole;
  const key = `${outermost} ${piece.from} ${piece.to} ${keyOf(tiling)} ${turn}`;
  const rows = g.shared(key, () => rowNumbers(g, rowsUnder(tiling, piece, outermost)));
  const tiles = g.pick(source, rows);
  const values = tiling.side ** 2;
  const each = (piece.to - piece.from) * inner;
  return outermost === 'values'
    ? g.lateReshape(tiles, [values, tiling.channelBlocks * each])
    : g.lateReshape(tiles, [tiling.channelBlocks, values, each]);
}

/** A transform's matrix * x, for each matrix of x where it has several. */
function transformed(
  g: GraphWriter,
  t: Transforms,
  which: 'input' | 'kernel' | 'output' | 'kernelBack' | 'outputBack',
  x: Ref,
  dims: readonly number[],
): Ref {
  const constant = g.shared(`transform ${which} ${t.outputs}`, () => {
    const matrix = t[which];
    return g.constant(Float32Array.from(matrix.flat()), [matrix.length, matrix[0]!.length]);
  });
  return g.op('MatMul', [constant, x], dims);
}

/** [O/B, c, 9, B, B] to [t * t, O/B, c, B, B], or turned for the input's gradient to [t * t, c, O/B, B, B]. */
function transformedKernel(
  { g, blocks }: Pick<Emission, 'g' | 'blocks'>,
  t: Transforms,
  { kernel, channelBlocks, filterBlocks }: BlockedConvolution,
  way: 'forth' | 'back',
): Ref {
  const B = blocks.channels;
  const tiles = channelBlocks * filterBlocks;
  const order = (way === 'forth' ? tapsForth : tapsBack)(channelBlocks, filterBlocks);
  const moved = g.gather(g.lateReshape(kernel, [tiles * 9, B * B]), order, 0);
  const taps = way === 'forth' ? moved : transposedTiles(g, moved, tiles * 9, B, B);
  return transformed(g, t, 'kernel', g.lateReshape(taps, [9, tiles * B * B]), [t.inputs ** 2, tiles * B * B]);
}

/** Tiles of [O/B, c, 9] in the order [9, O/B, c]. */
function tapsForth(channelBlocks: number, filterBlocks: number): Int32Array {
  const tiles = channelBlocks * filterBlocks;
  const order = new Int32Array(9 * tiles);
  let at = 0;
  for (let tap = 0; tap < 9; tap++) for (let tile = 0; tile < tiles; tile++) order[at++] = tile * 9 + tap;
  return order;
}

/** The same in the order [9, c, O/B], the taps from the last to the first. */
function tapsBack(channelBlocks: number, filterBlocks: number): Int32Array {
  const order = new Int32Array(9 * channelBlocks * filterBlocks);
  let at = 0;
  for (let tap = 8; tap >= 0; tap--) {
    for (let block = 0; block < channelBlocks; block++) {
      for (let filter = 0; filter < filterBlocks; filter++)
        order[at++] = (filter * channelBlocks + block) * 9 + tap;
    }
  }
  return order;
}

const rowNumbers = (g: GraphWriter, rows: Int32Array): Ref => g.int32s(rows, [rows.length]);

const keyOf = ({ groups, channelBlocks, map, side, step, count, before }: Tiling): string =>
  [groups, channelBlocks, ...map, side, step, ...count, ...before].join();
