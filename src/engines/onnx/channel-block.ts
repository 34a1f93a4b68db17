import type * as Ort from 'onnxruntime-node';
import { ort } from './library/onnxruntime.js';
import { createSession } from './library/session.js';
import { NCHWC } from './write/nchwc.js';
import { GraphWriter } from './write/writer.js';

/**
 * Asks ONNX Runtime, on graphs of one node, for its own convolution layout (nchwc), an internal part of its CPU provider
 * that may be missing or change: how many channels it puts into a block, and whether a convolution in it computes what
 * it should.
 * @returns channels in a block (16 with AVX-512, 8 with AVX2), or null where programs had better do without
 */
export async function probeChannelBlock(): Promise<number | null> {
  try {
    const size = await blockSize();
    return (size === 8 || size === 16) && (await convolves(size)) ? size : null;
  } catch {
    return null;
  }
}

/** One channel block of a map of 4 channels is as wide as a block. */
async function blockSize(): Promise<number> {
  const g = new GraphWriter();
  const x = g.input('x', [1, 4, 1, 2]);
  g.output(g.op('ReorderInput', [x], [1, 8, 1, 2], {}, NCHWC), 'y', 'float32', [1, 'size', 1, 2]);
  const { dims } = await run(g, { x: new ort.Tensor('float32', new Float32Array(8).fill(1), [1, 4, 1, 2]) });
  return dims[1]!;
}

/** A 1x1 convolution of stride 1 and dilation 2 with a sum to add to and a fused ReLU, as programs use it. */
async function convolves(size: number): Promise<boolean> {
  const g = new GraphWriter();
  const x = g.input('x', [1, size, 1, 4]);
  const kernel = g.constant(
    Float32Array.from({ length: size * size * 2 }, (_, i) => (i % 7) - 3),
    [size, size, 1, 2],
  );
  const sum = g.input('sum', [1, size, 1, 2]);
  const attributes = { kernel_shape: [1, 2], dilations: [1, 2], activation: 'Relu' };
  g.output(g.op('Conv', [x, kernel, '', sum], [1, size, 1, 2], attributes, NCHWC), 'y');
  const values = Float32Array.from({ length: size * 4 }, (_, i) => (i % 5) - 2);
  const sums = Float32Array.from({ length: size * 2 }, (_, i) => i % 3);
  const { data } = await run(g, {
    x: new ort.Tensor('float32', values, [1, size, 1, 4]),
    sum: new ort.Tensor('float32', sums, [1, size, 1, 2]),
  });
  return sums.every((before, at) => {
    const [place, out] = [Math.floor(at / size), at % size];
    let expected = before;
    for (let tap = 0; tap < 2; tap++) {
      for (let channel = 0; channel < size; channel++) {
        const weight = (((tap * size + channel) * size + out) % 7) - 3;
        expected += values[(place + 2 * tap) * size + channel]! * weight;
      }
    }
    return data[at] === Math.max(0, expected);
  });
}

async function run(
  g: GraphWriter,
  feeds: Record<string, Ort.Tensor>,
): Promise<{ dims: readonly number[]; data: Float32Array }> {
  const session = await createSession(g.encode(), { provider: 'cpu', threads: 1 });
  try {
    const { y } = await session.run(feeds);
    return { dims: y!.dims, data: y!.data as Float32Array };
  } finally {
    await session.release();
  }
}
