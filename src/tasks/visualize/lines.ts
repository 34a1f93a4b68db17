import { opaqueRaster, type Raster } from '../../base/raster.js';
import { ImageReader, type ImageReaderOptions } from '../../data/image-reader.js';
import type { Shape } from '../../models/graph/graph.js';
import { windowGeometry } from '../../models/graph/window.js';
import { tileOf } from '../../rasters/tiles.js';

const SIZE = 7;
/** Pictures are shown at most so large, in pixels of the longer side. */
const LONGEST = 240;

/** A filter of 7x7 with a line of ones through its middle. */
interface LineFilter {
  readonly name: 'vertical' | 'horizontal';
  /** [7, 7] */
  readonly kernel: Float32Array;
}

const lineFilter = (name: LineFilter['name'], isOne: (y: number, x: number) => boolean): LineFilter => ({
  name,
  kernel: Float32Array.from({ length: SIZE * SIZE }, (_, i) =>
    isOne(Math.floor(i / SIZE), i % SIZE) ? 1 : 0,
  ),
});

const MIDDLE = (SIZE - 1) / 2;

/** The two filters that show what a convolution does: each keeps lines in its own direction and blurs the others. */
export const LINE_FILTERS: readonly LineFilter[] = [
  lineFilter('vertical', (_, x) => x === MIDDLE),
  lineFilter('horizontal', (y) => y === MIDDLE),
];

/** A photograph and what each line filter makes of it. */
export interface LineMaps {
  readonly image: string;
  readonly height: number;
  readonly width: number;
  readonly picture: Raster;
  readonly maps: readonly { readonly filter: LineFilter; readonly tile: Raster }[];
}

/** @throws WorkError for what is no picture. */
export async function lineMaps(
  image: string,
  options: ImageReaderOptions = { notify: () => {} },
): Promise<LineMaps> {
  const reader = new ImageReader(undefined, options);
  const size = await reader.size(image);
  const scale = Math.min(1, LONGEST / Math.max(size.width, size.height));
  const [height, width] = [size.height, size.width].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const pixels = await reader.pixels(image, [height, width, 3]);
  const values = Float32Array.from(pixels, (byte) => byte / 255);
  return {
    image,
    height,
    width,
    picture: opaqueRaster(pixels, width, height),
    maps: LINE_FILTERS.map((filter) => ({
      filter,
      tile: tileOf(convolve(values, [height, width, 3], filter.kernel), height, width),
    })),
  };
}

/**
 * Convolution of [H, W, C] with one 7x7 filter, the same for every channel, to [H, W]: 'same' padding, stride 1, as a
 * conv2d layer has it.
 */
export function convolve(values: Float32Array, shape: Shape, kernel: Float32Array): Float32Array {
  const [height, width, channels] = shape as [number, number, number];
  const { pads } = windowGeometry(shape, { size: SIZE, strides: 1, padding: 'same' });
  const result = new Float32Array(height * width);
  const at = (y: number, x: number): number => {
    if (y < 0 || y >= height || x < 0 || x >= width) return 0;
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += values[(y * width + x) * channels + c]!;
    return sum;
  };
  kernel.forEach((weight, k) => {
    if (weight === 0) return;
    const [dy, dx] = [Math.floor(k / SIZE) - pads[0], (k % SIZE) - pads[1]];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) result[y * width + x]! += weight * at(y + dy, x + dx);
    }
  });
  return result;
}
