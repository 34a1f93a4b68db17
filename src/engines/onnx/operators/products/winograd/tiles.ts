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

/**
 * The places of a map under each value of its tiles, as rows of [n * c * H * W]; the row behind the last one stands for what
 * lies outside.
 * @param outermost what comes first: [t * t, c, n, tiles] by values, [c, t * t, n, tiles] by channel blocks
 */
export function rowsUnder(tiling: Tiling, outermost: 'values' | 'channels'): Int32Array {
  const { groups, channelBlocks, map, side, step, count, before } = tiling;
  const [height, width] = map;
  const tiles = count[0] * count[1];
  const values = side * side;
  const rows = new Int32Array(values * channelBlocks * groups * tiles);
  const outside = rowsIn(tiling);
  const placesUnder = (value: number): Int32Array => {
    const [down, across] = [Math.floor(value / side), value % side];
    return Int32Array.from({ length: tiles }, (_, tile) => {
      const y = Math.floor(tile / count[1]) * step + down - before[0];
      const x = (tile % count[1]) * step + across - before[1];
      return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
    });
  };
  for (let value = 0; value < values; value++) {
    const places = placesUnder(value);
    for (let block = 0; block < channelBlocks; block++) {
      const line = outermost === 'values' ? value * channelBlocks + block : block * values + value;
      for (let group = 0; group < groups; group++) {
        const from = (group * channelBlocks + block) * height * width;
        const to = (line * groups + group) * tiles;
        for (let tile = 0; tile < tiles; tile++) {
          const place = places[tile]!;
          rows[to + tile] = place < 0 ? outside : from + place;
        }
      }
    }
  }
  return rows;
}

/** The inverse for tiles side by side: where each place of a map, [n, c, H, W], stands in [t * t, c, n, tiles]. */
export function rowsOfPlaces({ groups, channelBlocks, map, side, count }: Tiling): Int32Array {
  const [height, width] = map;
  const tiles = count[0] * count[1];
  const rows = new Int32Array(groups * channelBlocks * height * width);
  let at = 0;
  for (let group = 0; group < groups; group++) {
    for (let block = 0; block < channelBlocks; block++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const value = (y % side) * side + (x % side);
          const tile = Math.floor(y / side) * count[1] + Math.floor(x / side);
          rows[at++] = ((value * channelBlocks + block) * groups + group) * tiles + tile;
        }
      }
    }
  }
  return rows;
}

/** Whether there are tiles that lie in part outside their map. */
export const reachesOut = ({ map, side, step, count, before }: Tiling): boolean =>
  ([0, 1] as const).some((i) => before[i] > 0 || (count[i] - 1) * step + side - before[i] > map[i]);
