import { constants } from 'node:buffer';
import { UsageError } from '../../base/errors.js';
import { peakMemory } from '../../base/machine/memory.js';
import { randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import type { Batch, Engine } from '../../engines/engine.js';
import type { FormulationWish } from '../../engines/formulation.js';
import { dropoutsOf, type Graph } from '../../models/graph/graph.js';
import { initialWeights } from '../../models/graph/initial-weights.js';
import { requireParts } from '../../models/trainable.js';
import type { OptimizerConfig } from '../../recipe/optimizers/index.js';

export const BENCH_MODES = ['train', 'infer'] as const;
export type BenchMode = (typeof BENCH_MODES)[number];

export const BENCH_DTYPES = ['float32', 'int8'] as const;
export type BenchDtype = (typeof BENCH_DTYPES)[number];

export interface BenchOptions {
  readonly mode: BenchMode;
  readonly batchSize: number;
  /** Parts in which a training step is computed. */
  readonly microBatches: number;
  /** Steps to measure after a warm-up; undefined for as many as fit into about `seconds`. */
  readonly steps: number | undefined;
  readonly seconds: number;
  /** Of training. */
  readonly optimizer?: OptimizerConfig;
  /** What inference computes with; float32 where absent. */
  readonly dtype?: BenchDtype;
}

/** One row of `bench`, with the keys of its JSON. */
export interface BenchResult {
  readonly model: string;
  readonly mode: BenchMode;
  /** What is computed with. */
  readonly dtype: BenchDtype;
  readonly engine: string;
  readonly device: string;
  /** What was asked of all convolutions; absent where each was computed as it is fastest. */
  readonly formulation?: FormulationWish | undefined;
  /** On the CPU, as many as really compute; null where the engine cannot tell. */
  readonly threads: number | null;
  /** In how many parts steps were computed at the same time; absent where they were whole. */
  readonly replicas?: number | undefined;
  readonly batchSize: number;
  readonly microBatches: number;
  /** That were measured. */
  readonly steps: number;
  /** The median. */
  readonly msPerStep: number;
  readonly imagesPerSecond: number;
  readonly compileMs: number;
  /** The largest resident size of the whole process that measured. */
  readonly peakMemoryBytes: number;
  /** The shortest and the longest step: how far to trust the median. */
  readonly msPerStepRange: readonly [number, number];
}

/** Calls before the clock starts, the first two of which fault their memory in; no more than these where they take long. */
const WARM_UP_CALLS = 3;
const LEAST_WARM_UP = 2;
/** Calls from which a median is taken, where there is time for them. */
const ENOUGH_CALLS = 5;

/** Measures steps on random images. The time to make the batches is left out, that of handing them over is not. */
export async function measure(engine: Engine, graph: Graph, options: BenchOptions): Promise<BenchResult> {
  requireRoom(graph, options.batchSize);
  requireParts(options);
  const { compileMs, times, stepsPerCall } = await (options.mode === 'train'
    ? measureTraining
    : measureInference)(engine, graph, options);
  const sorted = [...times].sort((a, b) => a - b);
  const msPerStep = sorted[Math.floor(sorted.length / 2)]!;
  return {
    model: graph.name,
    mode: options.mode,
    dtype: options.dtype ?? 'float32',
    engine: engine.name,
    device: engine.device.name,
    ...(engine.formulation && engine.formulation !== 'auto' && { formulation: engine.formulation }),
    threads: engine.threads,
    ...(options.mode === 'train' && (engine.replicas ?? 1) > 1 && { replicas: engine.replicas }),
    batchSize: options.batchSize,
    microBatches: options.microBatches,
    steps: times.length * stepsPerCall,
    msPerStep,
    imagesPerSecond: (1000 * options.batchSize) / msPerStep,
    compileMs,
    peakMemoryBytes: peakMemory(),
    msPerStepRange: [sorted[0]!, sorted.at(-1)!],
  };
}

/** @throws UsageError where the images of a batch alone are more than one array can hold. */
function requireRoom({ input }: Graph, batchSize: number): void {
  const most = Math.floor(constants.MAX_LENGTH / sizeOf(input));
  if (batchSize <= most) return;
  throw new UsageError(
    `${setting('batchSize', batchSize)}: no array holds so many images of ${input.join('x')}, ${most} at most.`,
  );
}

interface Times {
  readonly compileMs: number;
  /** Milliseconds a step, one entry a call. */
  readonly times: readonly number[];
  readonly stepsPerCall: number;
}

async function measureTraining(
  engine: Engine,
  graph: Graph,
  { batchSize, microBatches, steps, seconds, optimizer }: BenchOptions,
): Promise<Times> {
  if (optimizer === undefined) throw new Error('a training step needs an optimizer');
  const program = await engine.trainingProgram(graph, { batchSize, microBatches, optimizer });
  await program.load({ weights: initialWeights(graph, 1), slots: new Map(), step: 0 });
  const stepsPerCall = Math.min(program.stepsPerCall, steps ?? Number.POSITIVE_INFINITY);
  const calls = steps && Math.ceil(steps / stepsPerCall);
  const times = await timed({ calls, seconds }, () => {
    const batches = Array.from({ length: stepsPerCall }, (_, i) => randomBatch(graph, batchSize, i));
    const rates = batches.map(() => optimizer.learningRate);
    return () => program.train(batches, rates);
  });
  await program.dispose();
  return { compileMs: program.buildMs, times: times.map((ms) => ms / stepsPerCall), stepsPerCall };
}

async function measureInference(
  engine: Engine,
  graph: Graph,
  { batchSize, steps, seconds, dtype }: BenchOptions,
): Promise<Times> {
  const calibration = dtype === 'int8' ? { calibration: randomBatch(graph, batchSize, 1).pixels } : {};
  const program = await engine.inferenceProgram(graph, { batchSize, ...calibration });
  await program.load(initialWeights(graph, 1));
  const times = await timed({ calls: steps, seconds }, () => {
    const batch = randomBatch(graph, batchSize, 0);
    return () => program.run(batch);
  });
  const compileMs = program.buildMs;
  await program.dispose();
  return { compileMs, times, stepsPerCall: 1 };
}

/**
 * Times what `prepare` returns, `calls` times; where that is undefined, for `seconds`, which slow calls may exceed so that
 * there are enough of them, but not by more than their own length again.
 */
async function timed(
  { calls, seconds }: { readonly calls: number | undefined; readonly seconds: number },
  prepare: () => () => Promise<unknown>,
): Promise<number[]> {
  let spent = 0;
  const once = async (): Promise<number> => {
    const run = prepare();
    const begin = performance.now();
    await run();
    const ms = performance.now() - begin;
    spent += ms / 1000;
    return ms;
  };
  for (let i = 0; i < WARM_UP_CALLS && (i < LEAST_WARM_UP || spent < seconds); i++) await once();
  spent = 0;
  const times: number[] = [];
  const isEnough = (): boolean =>
    calls === undefined
      ? spent >= seconds && (times.length >= ENOUGH_CALLS || spent >= 2 * seconds)
      : times.length >= calls;
  while (!isEnough()) times.push(await once());
  return times;
}

function randomBatch(graph: Graph, batchSize: number, seed: number): Batch & { readonly pixels: Uint8Array } {
  const random = randomStream(seed, 'bench');
  return {
    pixels: new Uint8Array(batchSize * sizeOf(graph.input)).map(() => random.below(256)),
    labels: new Int32Array(batchSize).map(() => random.below(graph.classes)),
    count: batchSize,
    masks: new Map(
      dropoutsOf(graph).map(({ name, rate, shape }) => [
        name,
        new Uint8Array(batchSize * sizeOf(shape)).map(() => (random.uniform() < rate ? 0 : 1)),
      ]),
    ),
  };
}
