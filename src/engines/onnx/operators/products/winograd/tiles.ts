import type { Pair, WindowGeometry } from '../../../../../models/graph/window.js';

/** A map cut into tiles: n groups of images, each of so many channel blocks. */
export interface Tiling {
  readonly groups: number;
  readonly channelBlocks: number;
  /** [H, W] of the map that is cut. */
  readonly map: Pair;
  /** The side of a tile. */
  readonly side: number;
  /** From one tile to the next: less than a side where tiles overlap. */
  readonly step: number;
  /** How many tiles there are down and across. */
  readonly count: Pair;
  /** Where the first tile begins: above and left of the map by so much. */
  readonly before: Pair;
}

/** Tiles of a convolution's input, which overlap by 2. */
export function inputTiling(
  { groups, channelBlocks, map }: Pick<Tiling, 'groups' | 'channelBlocks' | 'map'>,
  [top, left]: WindowGeometry['pads'],
  output: Pair,
  outputs: number,
): Tiling {
  const count = tilesOf(output, outputs);
  return { groups, channelBlocks, map, side: outputs + 2, step: outputs, count, before: [top, left] };
}

/** Tiles of a convolution's output, side by side; the last ones may reach beyond it. */
export function outputTiling(groups: number, channelBlocks: number, output: Pair, outputs: number): Tiling {
  const count = tilesOf(output, outputs);
  return { groups, channelBlocks, map: output, side: outputs, step: outputs, count, before: [0, 0] };
}

export const tilesOf = ([height, width]: Pair, outputs: number): Pair => [
  Math.ceil(height / outputs),
  Math.ceil(width / outputs),
];

/** All tiles of all groups. */
export const tilesIn = ({ groups, count }: Tiling): number => groups * count[0] * count[1];

/** How many rows a map has that holds one row a place. */
export const rowsIn = ({ groups, channelBlocks, map }: Tiling): number =>
  groups * channelBlocks * map[0] * map[1];

/** Some tiles of all groups, one behind the other. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/**
 * Bytes of a piece's transformed input: what caches hold of it from one node to the next, and what there is of it at a time.
 * (resnet18's step of 16 images: 432 ms in pieces of 8 MB, 447 in one; 440 of 4 MB.) They are larger where there would be more
 * than four pieces, as ONNX Runtime makes a session in a time that grows with the square of the nodes. (vgg16's step of 16 images, on
 * another machine, in pieces of 8, 16 and 32 MB: built in 3.4, 1.9 and 1.4 s, and 5,550, 5,280 and 4,990 ms a step.)
 */
const [PIECE_BYTES, LARGE_PIECE_BYTES, FEW_PIECES] = [8e6, 32e6, 4];

/**
 * All tiles in pieces of nearly equal length.
 * @param bytes of one tile of all channel blocks, transformed
 */
export function piecesOf(tiling: Tiling, bytes: number): Piece[] {
  const tiles = tilesIn(tiling);
  const tilesOfBytes = (all: number) => Math.floor(all / bytes);
  const quarter = Math.ceil(tiles / FEW_PIECES);
  const most = Math.max(1, tilesOfBytes(PIECE_BYTES), Math.min(quarter, tilesOfBytes(LARGE_PIECE_BYTES)));
  const count = Math.ceil(tiles / most);
  const at = (i: number) => Math.round((i * tiles) / count);
  return Array.from({ length: count }, (_, i) => ({ from: at(i), to: at(i + 1) }));
}

/**
 * The places of a map under each value of its tiles, as rows of [n * c * H * W]; the row behind the last one stands for what
 * lies outside.
 * @param outermost what comes first: [t * t, c, tiles] by values, [c, t * t, tiles] by channel blocks
 */
export function rowsUnder(tiling: Tiling, { from, to }: Piece, outermost: 'values' | 'channels'): Int32Array {
  const { channelBlocks, map, side } = tiling;
  const values = side * side;
  const rows = new Int32Array(values * channelBlocks * (to - from));
  const outside = rowsIn(tiling);
  const block = map[0] * map[1];
  for (let value = 0; value < values; value++) {
    for (let tile = from; tile < to; tile++) {
      const first = rowUnder(tiling, tile, value);
      for (let c = 0; c < channelBlocks; c++) {
        const line = outermost === 'values' ? value * channelBlocks + c : c * values + value;
        rows[line * (to - from) + tile - from] = first === null ? outside : first + c * block;
      }
    }
  }
  return rows;
}

/** The row of the first channel block under a value of a tile; null outside the map. */
function rowUnder(
  { channelBlocks, map, side, step, count, before }: Tiling,
  tile: number,
  value: number,
): number | null {
  const each = count[0] * count[1];
  const [group, own] = [Math.floor(tile / each), tile % each];
  const y = Math.floor(own / count[1]) * step + Math.floor(value / side) - before[0];
  const x = (own % count[1]) * step + (value % side) - before[1];
  if (y < 0 || y >= map[0] || x < 0 || x >= map[1]) return null;
  return (group * channelBlocks * map[0] + y) * map[1] + x;
}

/**
 * The inverse for tiles side by side: where each place of a map, [n, c, H, W], stands in pieces [t * t, c, tiles] one behind
 * the other.
 */
export function rowsOfPlaces(tiling: Tiling, pieces: readonly Piece[]): Int32Array {
  const { groups, channelBlocks, map, side } = tiling;
  const rows = new Int32Array(groups * channelBlocks * map[0] * map[1]);
  const values = side * side;
  for (const { from, to } of pieces) {
    const begin = from * values * channelBlocks;
    for (let value = 0; value < values; value++) {
      for (let tile = from; tile < to; tile++) {
        const first = rowUnder(tiling, tile, value);
        if (first === null) continue;
        for (let c = 0; c < channelBlocks; c++)
          rows[first + c * map[0] * map[1]] = begin + (value * channelBlocks + c) * (to - from) + tile - from;
      }
    }
  }
  return rows;
}

/** Whether there are tiles that lie in part outside their map. */
export const reachesOut = ({ map, side, step, count, before }: Tiling): boolean =>
  ([0, 1] as const).some((i) => before[i] > 0 || (count[i] - 1) * step + side - before[i] > map[i]);
