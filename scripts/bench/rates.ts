/**
 * The machine's own limits as ONNX Runtime reaches them, as JSON: `node --import tsx scripts/bench/rates.ts THREADS`.
 * A matrix product of 2048 x 2048 x 2048, and a chain of sums of arrays that no cache holds.
 */
import type * as Ort from 'onnxruntime-node';
import { ort } from '../../src/engines/onnx/library/onnxruntime.js';
import { createSession, runSession } from '../../src/engines/onnx/library/session.js';
import { GraphWriter } from '../../src/engines/onnx/write/writer.js';

export interface Rates {
  /** Of the matrix product, in 10^9 operations a second. */
  readonly gflops: number;
  /** Of the sums, bytes read and written, in 10^9 a second. */
  readonly gigabytesPerSecond: number;
}

const SIDE = 2048;
const SUMS = 8;
const FLOATS = 16e6;
const RUNS = 15;

async function medianMs(
  threads: number,
  write: (g: GraphWriter) => void,
  feeds: Record<string, Ort.Tensor>,
): Promise<number> {
  const g = new GraphWriter();
  write(g);
  const session = await createSession(g.encode(), { provider: 'cpu', threads });
  const times: number[] = [];
  for (let i = -3; i < RUNS; i++) {
    const begin = performance.now();
    await runSession(session, feeds);
    if (i >= 0) times.push(performance.now() - begin);
  }
  await session.release();
  return times.sort((a, b) => a - b)[RUNS >> 1]!;
}

function floats(count: number, dims: readonly number[]): Ort.Tensor {
  return new ort.Tensor('float32', new Float32Array(count).fill(0.5), dims);
}

const threads = Number(process.argv[2]);
// Each gives one number only: handing a large array over would be measured too.
const product = await medianMs(
  threads,
  (g) => {
    const [a, b] = [g.input('a', [SIDE, SIDE]), g.input('b', [SIDE, SIDE])];
    g.output(g.sum(g.gemm(a, b), [0, 1], false), 'y');
  },
  { a: floats(SIDE * SIDE, [SIDE, SIDE]), b: floats(SIDE * SIDE, [SIDE, SIDE]) },
);
const sums = await medianMs(
  threads,
  (g) => {
    const x = g.input('x', [FLOATS]);
    let y = x;
    for (let i = 0; i < SUMS; i++) y = g.add(y, x);
    g.output(g.sum(y, [0], false), 'y');
  },
  { x: floats(FLOATS, [FLOATS]) },
);
const rates: Rates = {
  gflops: (2 * SIDE ** 3) / product / 1e6,
  // Two reads and a write a sum, and the last read.
  gigabytesPerSecond: ((3 * SUMS + 1) * 4 * FLOATS) / sums / 1e6,
};
process.stdout.write(`${JSON.stringify(rates)}\n`);
