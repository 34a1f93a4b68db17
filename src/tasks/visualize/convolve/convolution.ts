import type { Shape } from '../../../models/graph/graph.js';
import { type Padding, windowGeometry } from '../../../models/graph/window.js';
import type { Kernel } from './kernels.js';

/** How a window moves over a picture, as a conv2d layer is told. */
export interface Sliding {
  readonly strides: number | [number, number];
  readonly padding: Padding;
}

/** A map of [height, width]. */
export interface ValueMap {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Convolution of [H, W, C] with one filter to one map, as a conv2d layer without bias and activation has it: each value is
 * the sum of a window times the filter, with zeros around the picture.
 * @param kernel of C channels, or of one that is the same for all
 * @throws ShapeError where the filter is larger than the padded picture
 */
export function convolve(values: Float32Array, shape: Shape, kernel: Kernel, sliding: Sliding): ValueMap {
  const [height, width, depth] = kernel.shape;
  const geometry = windowGeometry(shape, { size: [height, width], ...sliding });
  const [rows, columns] = geometry.output;
  const map = { values: new Float32Array(rows * columns), height: rows, width: columns };
  for (let c = 0; c < depth; c++) {
    const plane = depth === 1 ? channelSums(values, shape) : channelOf(values, shape, c);
    for (let k = 0; k < height * width; k++) {
      const weight = kernel.values[k * depth + c]!;
      if (weight === 0) continue;
      const offset = [Math.floor(k / width) - geometry.pads[0], (k % width) - geometry.pads[1]] as const;
      addShifted(map, plane, weight, offset, geometry.strides);
    }
  }
  return map;
}

/** Adds a picture times a weight: at each place of the map the pixel that lies `offset` from its window's corner. */
function addShifted(
  { values, height, width }: ValueMap,
  plane: ValueMap,
  weight: number,
  [down, right]: readonly [number, number],
  [stepY, stepX]: readonly [number, number],
): void {
  const first = Math.max(0, Math.ceil(-right / stepX));
  const end = Math.min(width, Math.floor((plane.width - 1 - right) / stepX) + 1);
  for (let y = 0; y < height; y++) {
    const from = y * stepY + down;
    if (from < 0 || from >= plane.height) continue;
    const row = from * plane.width + right;
    for (let x = first; x < end; x++) values[y * width + x]! += weight * plane.values[row + x * stepX]!;
  }
}

function channelSums(values: Float32Array, [height, width, channels]: Shape): ValueMap {
  const sums = new Float32Array(height! * width!);
  for (let i = 0; i < sums.length; i++) {
    for (let c = 0; c < channels!; c++) sums[i]! += values[i * channels! + c]!;
  }
  return { values: sums, height: height!, width: width! };
}

function channelOf(values: Float32Array, [height, width, channels]: Shape, channel: number): ValueMap {
  const plane = new Float32Array(height! * width!);
  for (let i = 0; i < plane.length; i++) plane[i] = values[i * channels! + channel]!;
  return { values: plane, height: height!, width: width! };
}
