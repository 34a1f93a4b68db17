/**
 * Measures one model with each number of threads in turn, in this process: the argument is a Wish as JSON. Prints a list of
 * ThreadTimes as JSON.
 */
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { buildGraph } from '../../src/models/build.js';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { BENCH_MODES, type BenchMode, measure } from '../../src/tasks/bench/measure.js';

export interface Wish {
  readonly model: string;
  readonly batches: readonly number[];
  readonly threads: readonly number[];
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
}

/** What a step takes with each of several numbers of threads. */
export interface ThreadTimes {
  readonly model: string;
  readonly mode: BenchMode;
  readonly batchSize: number;
  /**
   * The median of the fastest round, in milliseconds, by the number of threads: what others do on the machine makes a round
   * slower, never faster, and several threads more than one.
   */
  readonly msPerStep: Readonly<Record<string, number>>;
}

const { model, batches, threads, rounds, seconds } = JSON.parse(process.argv[2]!) as Wish;
const spec = loadModel(model);
const graph = buildGraph(spec);
const optimizer = optimizerOf(spec);

async function once(mode: BenchMode, batchSize: number, count: number): Promise<number> {
  const engine = await createOnnxEngine({ device: 'cpu', threads: count });
  const options = { mode, batchSize, microBatches: 1, steps: undefined, seconds, optimizer };
  const { msPerStep } = await measure(engine, graph, options);
  await engine.dispose();
  return msPerStep;
}

async function timesOf(mode: BenchMode, batchSize: number): Promise<ThreadTimes> {
  const times = new Map<number, number[]>(threads.map((count) => [count, []]));
  for (let round = 0; round < rounds; round++)
    for (const count of threads) times.get(count)!.push(await once(mode, batchSize, count));
  const msPerStep = Object.fromEntries([...times].map(([count, all]) => [count, Math.min(...all)]));
  return { model, mode, batchSize, msPerStep };
}

const found: ThreadTimes[] = [];
for (const mode of BENCH_MODES) for (const batchSize of batches) found.push(await timesOf(mode, batchSize));
process.stdout.write(`${JSON.stringify(found)}\n`);
