import { peakMemory } from '../../base/machine/memory.js';
import { batchCount } from '../../data/batches/batches.js';
import type { Split } from '../../data/sets/dataset.js';
import type { Batch, Engine } from '../../engines/engine.js';
import type { TrainableConfig } from '../../models/config/schema.js';
import type { Graph } from '../../models/graph/graph.js';
import { initialWeights } from '../../models/graph/initial-weights.js';
import { epochBatches, type VariedImages, variedImages } from '../../training/epoch-batches.js';
import { trainSteps } from '../../training/steps.js';
import { measure } from './measure.js';

/** Whether training waits for its images: a row, with the keys of its JSON. */
export interface DataBenchResult {
  readonly model: string;
  readonly dataset: string;
  /** Training images. */
  readonly images: number;
  readonly engine: string;
  readonly device: string;
  readonly threads: number | null;
  readonly batchSize: number;
  /** Until the data set was ready: found, looked at, and decoded where it was not cached. */
  readonly loadSeconds: number;
  /** Batches made as in training, augmented and with dropout's masks, while no step runs: images a second. */
  readonly pipelineImagesPerSecond: number;
  /** Training steps on random images that lie ready. */
  readonly stepImagesPerSecond: number;
  /** Training as it is: batches are made while steps run. */
  readonly imagesPerSecond: number;
  /** Of that time, the share in which the next step waited for its batch: 0 to 1. */
  readonly waitShare: number;
  readonly peakMemoryBytes: number;
}

export interface DataBenchOptions {
  readonly dataset: string;
  readonly train: Split;
  readonly training: TrainableConfig['training'];
  readonly loadSeconds: number;
  /** About how long to measure each of the three. */
  readonly seconds: number;
}

/** Measures the batches of a data set, training steps, and both at once as in training. */
export async function measureWithData(
  engine: Engine,
  graph: Graph,
  { dataset, train, training, loadSeconds, seconds }: DataBenchOptions,
): Promise<DataBenchResult> {
  const varied = await variedImages(train, graph, training);
  const images = () => endlessBatches(graph, train, training, varied);
  const pipeline = await paceOf(images(), seconds);
  const { batchSize, microBatches, optimizer } = training;
  const options = { mode: 'train', batchSize, microBatches, optimizer, steps: undefined, seconds } as const;
  const step = await measure(engine, graph, options);
  const both = await trained(engine, graph, training, images(), seconds);
  await varied.close();
  return {
    model: graph.name,
    dataset,
    images: train.count,
    engine: engine.name,
    device: engine.device.name,
    threads: engine.threads,
    batchSize,
    loadSeconds,
    pipelineImagesPerSecond: pipeline,
    stepImagesPerSecond: step.imagesPerSecond,
    ...both,
    peakMemoryBytes: peakMemory(),
  };
}

type Images = AsyncGenerator<Batch, void>;

/** The batches of one epoch after another. */
async function* endlessBatches(
  graph: Graph,
  train: Split,
  training: TrainableConfig['training'],
  varied: VariedImages,
): Images {
  const steps = batchCount(train.count, training.batchSize);
  for (let epoch = 0; ; epoch++)
    yield* epochBatches(train, graph, training, { epoch, step: 0 }, epoch * steps, varied);
}

/** Images a second that come, once the first batch is there. */
async function paceOf(images: Images, seconds: number): Promise<number> {
  await images.next();
  const begin = performance.now();
  let [count, spent] = [0, 0];
  while (spent < seconds) {
    const { value } = await images.next();
    count += value!.count;
    spent = (performance.now() - begin) / 1000;
  }
  await images.return();
  return count / spent;
}

/** Trains for some seconds, after a call to warm up, and says how fast that went and how long it waited. */
async function trained(
  engine: Engine,
  graph: Graph,
  { batchSize, microBatches, optimizer }: TrainableConfig['training'],
  images: Images,
  seconds: number,
): Promise<Pick<DataBenchResult, 'imagesPerSecond' | 'waitShare'>> {
  const program = await engine.trainingProgram(graph, { batchSize, microBatches, optimizer });
  await program.load({ weights: initialWeights(graph, 1), slots: new Map(), step: 0 });
  const ratesOf = (steps: number): number[] => new Array<number>(steps).fill(optimizer.learningRate);
  let [begin, count, waited, spent] = [Number.NaN, 0, 0, 0];
  for await (const { counts, waitedMs } of trainSteps(program, images, ratesOf)) {
    if (Number.isNaN(begin)) {
      begin = performance.now();
      continue;
    }
    count += counts.reduce((sum, one) => sum + one, 0);
    waited += waitedMs / 1000;
    spent = (performance.now() - begin) / 1000;
    if (spent >= seconds) break;
  }
  await images.return();
  await program.dispose();
  return { imagesPerSecond: count / spent, waitShare: waited / spent };
}
