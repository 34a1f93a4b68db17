import { UsageError } from '../../base/errors.js';
import { sizeOf, type Tensor } from '../../base/tensor.js';
import { formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import type { Shape } from '../../models/graph/graph.js';
import type { WindowGeometry } from '../../models/graph/window.js';
import { layerDef } from '../../models/layers/index.js';
import { valueAt, windowPlaces } from '../../models/lowering/arithmetic.js';
import type { Applied, AppliedLayer } from './applied.js';
import { arithmeticAt, imageOf } from './at.js';

/**
 * A sliding window unfolded (im2col): every position of it as a row, so that a convolution becomes one matrix product and
 * a pooling the largest or the mean of each row.
 */
export interface Unfolded {
  readonly layer: string;
  /** [N * oh * ow, kh * kw * C] of a convolution, [N * oh * ow * C, kh * kw] of a pooling; NaN is padding that does not count. */
  readonly matrix: Tensor;
  /** [kh * kw * C, filters]; null of a pooling. */
  readonly kernel: Tensor | null;
  /** [N * oh * ow, filters], or a column of one value a row. */
  readonly product: readonly number[];
  /** How many times as many values as the input has. */
  readonly growth: number;
}

const MOST_UNFOLDED = 20_000_000;

/** @throws UsageError for a layer without a window, and where the matrix would be too large */
export function unfold({ input, layers }: Applied, layer: AppliedLayer): Unfolded {
  const { node } = layer;
  const geometry = layerDef(node.kind).geometry?.(node.params as Record<string, unknown>, node.inputShapes);
  if (geometry === undefined) {
    throw new UsageError(
      `${setting('unfold')}: ${node.name} slides no window over its input: a convolution or a pooling does (${setting('layer')} names one).`,
    );
  }
  const read = layers.find(({ node: { name } }) => name === node.inputs[0])?.output ?? input;
  const isProduct = layer.weights.has('kernel');
  const sliding = { read, geometry, output: node.outputShape, isProduct };
  const matrix = unfolded(sliding, layer);
  const kernel = isProduct ? kernelMatrix(layer, geometry, read) : null;
  const rows = matrix.shape[0]!;
  const product = [rows, kernel?.shape[1] ?? 1];
  return { layer: node.name, matrix, kernel, product, growth: matrix.data.length / read.data.length };
}

interface Sliding {
  /** [N, H, W, C] */
  readonly read: Tensor;
  readonly geometry: WindowGeometry;
  /** [oh, ow, channels] */
  readonly output: Shape;
  readonly isProduct: boolean;
}

function unfolded({ read, geometry, output, isProduct }: Sliding, { node }: AppliedLayer): Tensor {
  const [count, , , channels] = read.shape as [number, number, number, number];
  const [height, width] = output as [number, number];
  const taps = geometry.size[0] * geometry.size[1];
  const positions = count * height * width;
  const shape = isProduct ? [positions, taps * channels] : [positions * channels, taps];
  if (sizeOf(shape) > MOST_UNFOLDED) {
    throw new UsageError(
      `${setting('unfold')}: the matrix of ${node.name} would be ${shape.join(' x ')}, more than the ${formatInteger(MOST_UNFOLDED)} values that fit: take a smaller input.`,
    );
  }
  const data = new Float32Array(sizeOf(shape));
  for (let position = 0; position < positions; position++) {
    const image = imageOf(read, Math.floor(position / (height * width)));
    const place = position % (height * width);
    const places = windowPlaces(geometry, [Math.floor(place / width), place % width]);
    const values = isProduct ? rowOf(image, places) : rowsOf(image, places);
    data.set(values, position * taps * channels);
  }
  return { shape, data };
}

type Places = ReturnType<typeof windowPlaces>;

/** All that a window sees, place by place and at each channel by channel; padding is 0. */
function rowOf(image: Tensor, places: Places): number[] {
  const channels = Array.from({ length: image.shape[2]! }, (_, channel) => channel);
  return places.flatMap(({ row, column }) => channels.map((c) => valueAt(image, [row, column, c])));
}

/** The same with a row for each channel; padding, which does not count, is NaN. */
function rowsOf(image: Tensor, places: Places): number[] {
  const channels = Array.from({ length: image.shape[2]! }, (_, channel) => channel);
  return channels.flatMap((c) =>
    places.map(({ row, column }) => valueAt(image, [row, column, c], Number.NaN)),
  );
}

/** What each value of a window counts for, a column a filter: read off the layer's own formula, on zeros. */
function kernelMatrix({ node, weights }: AppliedLayer, { size, pads }: WindowGeometry, read: Tensor): Tensor {
  const [, height, width, channels] = read.shape as [number, number, number, number];
  const filters = node.outputShape[2]!;
  const shape = [size[0] * size[1] * channels, filters];
  const data = new Float32Array(sizeOf(shape));
  const zeros = { shape: [height, width, channels], data: new Float32Array(height * width * channels) };
  for (let filter = 0; filter < filters; filter++) {
    const { terms } = arithmeticAt(node, [0, 0, filter], { inputs: [zeros], weights });
    for (const { place, weight } of terms) {
      if (place === null) continue;
      const [row, column, channel] = place as [number, number, number];
      const index = ((row + pads[0]) * size[1] + column + pads[1]) * channels + channel;
      data[index * filters + filter] = weight;
    }
  }
  return { shape, data };
}
