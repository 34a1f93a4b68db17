import { sizeOf } from '../../../../base/tensor.js';
import type { OperatorAttributes } from '../../../../models/lowering/onnx.js';
import { type Blocks, blocksOf, paddedChannels } from '../../write/map-layout.js';
import { float } from '../../write/messages.js';
import { NCHWC } from '../../write/nchwc.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import { type Emitted, NO_WEIGHTS, type Operator } from '../contract/operator.js';

/**
 * Local response normalization across the channels of a map [C, H, W], whose shape stays (Krizhevsky et al. 2012, section
 * 3.3): y = x / d^beta with
 * d = bias + alpha * sum of x^2 over neighbouring channels. The sum is a product with a banded matrix. Its gradient:
 * dx = dy / d^beta - 2 * alpha * beta * x * (the same sum of dy * y / d).
 */
export const lrn: Operator<'lrn'> = {
  shape: ([x]) => x!,

  plain({ g, forExport }, attributes, [x]) {
    const { radius, alpha, beta, bias } = attributes;
    if (forExport) {
      const size = 2 * radius + 1;
      // ONNX divides alpha by the window's size.
      return g.op('LRN', [x!], x!.dims, {
        size,
        alpha: float(alpha * size),
        beta: float(beta),
        bias: float(bias),
      });
    }
    // ONNX Runtime's LRN takes several times as long (googlenet, 16 images: 294 ms a step instead of 195).
    const channels = x!.dims[1]!;
    const kernel = band(g, alpha, radius, [channels, channels, 1, 1]);
    const biases = g.constant(new Float32Array(channels).fill(bias), [channels]);
    const squares = g.mul(x!, x!);
    const d = g.op('Conv', [squares, kernel, biases], squares.dims, { kernel_shape: [1, 1] });
    return g.div(x!, powerOf(g, d, beta));
  },

  train(e, attributes, [input], [value]) {
    const { g, batch } = e;
    const [channels, ...extents] = value!.shape;
    const x = g.reshape(input!, [channels!, sizeOf(extents) * batch]);
    const { radius } = attributes;
    return normalize(g, attributes, x, {
      sum: (values, factor) => g.gemm(band(g, factor, radius, [channels!, channels!]), values),
      denominator: (values, factor, bias) =>
        g.add(g.gemm(band(g, factor, radius, [channels!, channels!]), values), g.constant(bias)),
    });
  },

  blocked: {
    suits: () => true,
    train(e, attributes, [input], [value]) {
      const { g, batch, blocks } = e;
      const [channels, ...extents] = value!.shape;
      const padded = paddedChannels(channels!, blocks);
      const groups = batch / blocks.images;
      const x = g.reshape(input!, [groups, padded, sizeOf(extents), blocks.images]);
      const kernel = (factor: number) => blockedBand(g, channels!, attributes.radius, factor, blocks);
      const convolve = (values: Ref, inputs: Ref[]) =>
        g.op('Conv', [values, ...inputs], x.dims, { kernel_shape: [1, 1] }, NCHWC);
      return normalize(g, attributes, x, {
        sum: (values, factor) => convolve(values, [kernel(factor)]),
        denominator: (values, factor, bias) =>
          convolve(values, [kernel(factor), g.constant(new Float32Array(padded).fill(bias), [padded])]),
      });
    },
  },
};

/** The two sums over neighbouring channels that a layout provides: by themselves, and with the bias added. */
interface NeighbourSums {
  sum(values: Ref, factor: number): Ref;
  denominator(values: Ref, factor: number, bias: number): Ref;
}

function normalize(
  g: GraphWriter,
  { alpha, beta, bias }: OperatorAttributes['lrn'],
  x: Ref,
  { sum, denominator }: NeighbourSums,
): Emitted {
  const d = denominator(g.mul(x, x), alpha, bias);
  const power = powerOf(g, d, beta);
  const y = g.div(x, power);
  return {
    output: y,
    backward(gradient) {
      const dy = g.reshape(gradient, x.dims);
      const spread = sum(g.div(g.mul(dy, y), d), 2 * alpha * beta);
      return { inputs: [g.sub(g.div(dy, power), g.mul(x, spread))], weights: NO_WEIGHTS };
    },
  };
}

/** [C, C, ...] with `factor` where two channels are at most `radius` apart. */
function band(g: GraphWriter, factor: number, radius: number, dims: readonly [number, ...number[]]): Ref {
  const [channels] = dims;
  const matrix = new Float32Array(channels * channels);
  forEachNeighbour(channels, radius, (row, column) => {
    matrix[row * channels + column] = factor;
  });
  return g.constant(matrix, dims);
}

/** The same as a 1x1 kernel in blocks, [C/B, C/B, B, B]; it is symmetric. */
function blockedBand(g: GraphWriter, channels: number, radius: number, factor: number, blocks: Blocks): Ref {
  const B = blocks.channels;
  const count = blocksOf(channels, blocks);
  const kernel = new Float32Array((count * B) ** 2);
  forEachNeighbour(channels, radius, (row, column) => {
    const tile = Math.floor(row / B) * count + Math.floor(column / B);
    kernel[(tile * B + (column % B)) * B + (row % B)] = factor;
  });
  return g.constant(kernel, [count * B, count * B, 1, 1]);
}

function forEachNeighbour(
  channels: number,
  radius: number,
  visit: (row: number, column: number) => void,
): void {
  for (let row = 0; row < channels; row++) {
    const end = Math.min(channels - 1, row + radius);
    for (let column = Math.max(0, row - radius); column <= end; column++) visit(row, column);
  }
}

/** d^beta; two square roots for the usual 0.75, which are far cheaper than Pow. */
function powerOf(g: GraphWriter, d: Ref, beta: number): Ref {
  if (beta !== 0.75) return g.op('Pow', [d, g.constant(beta)], d.dims);
  const root = g.sqrt(d);
  return g.mul(root, g.sqrt(root));
}
