import { sizeOf } from '../../../../base/tensor.js';
import type { Pair } from '../../../../models/graph/window.js';
import type { Ref } from '../../write/ref.js';
import type { Emission } from '../contract/operator.js';
import { inverse, pickOrZero } from '../contract/windows.js';
import type { BlockedConvolution, Unstrided } from './blocked/blocked-convolution.js';

/**
 * A strided convolution as one of stride 1: the pixels of every s x s cell become channels ("space to depth"), and the
 * kernel's taps move along; taps that the larger kernel has too many are zero. Cells' pixels that no tap meets are left
 * out: of a 1x1 convolution with stride 2 a quarter remains.
 */
export function spaceToDepth(e: Emission, strided: BlockedConvolution, strides: Pair): Unstrided {
  const cells = cellsOf(strided, strides);
  const { g, batch, blocks } = e;
  const { lanes, channelBlocks, filterBlocks } = strided;
  const rows = (batch / blocks.images) * channelBlocks;
  const inner = blocks.images * lanes;
  const places = strided.map[0] * strided.map[1];
  const x = pickOrZero(g, [g.reshape(strided.x, [rows, places, inner])], cells.pixels);
  const tapRows = filterBlocks * channelBlocks;
  const taps = strided.size[0] * strided.size[1];
  const tile = lanes * blocks.channels;
  const kernel = pickOrZero(g, [g.reshape(strided.kernel, [tapRows, taps, tile])], cells.taps);
  const narrow: BlockedConvolution = {
    ...strided,
    x,
    kernel,
    channelBlocks: channelBlocks * cells.phases,
    map: cells.map,
    size: cells.size,
    pads: [0, 0, 0, 0],
  };
  const packed = inBlocks(e, narrow);
  return {
    terms: [packed.convolution],
    isWhole: false,
    backToInput: ([dx]) =>
      pickOrZero(g, [g.reshape(dx!, [rows, cells.pixels.length, inner])], cells.toPixels),
    backToKernel: ([dw]) =>
      g.gather(g.reshape(packed.backToKernel(dw!), [tapRows, cells.taps.length, tile]), cells.toTaps, 1),
  };
}

interface Cells {
  /** Pixels of a cell that taps meet. */
  readonly phases: number;
  /** Extents in cells: of the map and of the kernel. */
  readonly map: Pair;
  readonly size: Pair;
  /** For each phase and cell the pixel there, or -1 in the padding; and where each pixel has gone, or -1. */
  readonly pixels: Int32Array;
  readonly toPixels: Int32Array;
  /** The same for the kernel's taps, each of which has gone somewhere. */
  readonly taps: Int32Array;
  readonly toTaps: Int32Array;
}

function cellsOf({ map, size, pads, output }: BlockedConvolution, [sy, sx]: Pair): Cells {
  const cellSize: Pair = [Math.ceil(size[0] / sy), Math.ceil(size[1] / sx)];
  const cellMap: Pair = [output[0] + cellSize[0] - 1, output[1] + cellSize[1] - 1];
  const phases: Pair[] = [];
  for (let i = 0; i < Math.min(sy, size[0]); i++) {
    for (let j = 0; j < Math.min(sx, size[1]); j++) phases.push([i, j]);
  }
  const lookUp = (cells: Pair, [height, width]: Pair, [top, left]: Pair) => {
    const places = new Int32Array(phases.length * sizeOf(cells)).fill(-1);
    let at = 0;
    for (const [i, j] of phases) {
      for (let row = 0; row < cells[0]; row++) {
        const y = row * sy + i - top;
        for (let column = 0; column < cells[1]; column++, at++) {
          const x = column * sx + j - left;
          if (y >= 0 && y < height && x >= 0 && x < width) places[at] = y * width + x;
        }
      }
    }
    return places;
  };
  const pixels = lookUp(cellMap, map, [pads[0], pads[1]]);
  const taps = lookUp(cellSize, size, [0, 0]);
  return {
    phases: phases.length,
    map: cellMap,
    size: cellSize,
    pixels,
    toPixels: inverse(pixels, sizeOf(map)),
    taps,
    toTaps: inverse(taps, sizeOf(size)),
  };
}

/** Where the cells have made few channels many enough for blocks, they are put into blocks. */
function inBlocks(
  e: Emission,
  narrow: BlockedConvolution,
): { convolution: BlockedConvolution; backToKernel(dw: Ref): Ref } {
  const { g, batch, blocks } = e;
  const { channelBlocks: channels, lanes, map, size, filterBlocks } = narrow;
  const B = blocks.channels;
  if (lanes > 1 || channels < B) return { convolution: narrow, backToKernel: (dw) => dw };
  const count = Math.ceil(channels / B);
  const missing = count * B - channels;
  const groups = batch / blocks.images;
  const inner = map[0] * map[1] * blocks.images;
  const taps = size[0] * size[1];
  const wide = g.pad(g.reshape(narrow.x, [groups, channels, inner]), [0, 0, 0], [0, missing, 0]);
  const x = g.transpose(g.reshape(wide, [groups, count, B, inner]), [0, 1, 3, 2]);
  const tall = g.pad(
    g.reshape(narrow.kernel, [filterBlocks, channels, taps * B]),
    [0, 0, 0],
    [0, missing, 0],
  );
  const kernel = g.transpose(g.reshape(tall, [filterBlocks, count, B, taps, B]), [0, 1, 3, 2, 4]);
  return {
    convolution: { ...narrow, x, kernel, lanes: B, channelBlocks: count },
    backToKernel(dw) {
      const turned = g.transpose(g.reshape(dw, [filterBlocks, count, taps, B, B]), [0, 1, 3, 2, 4]);
      const all = g.reshape(turned, [filterBlocks, count * B, taps * B]);
      return missing === 0 ? all : g.gather(all, [...Array(channels).keys()], 1);
    },
  };
}
