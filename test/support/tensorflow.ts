import { randomStream } from '../../src/base/random.js';
import { sizeOf, type Tensors } from '../../src/base/tensor.js';
import type { Batch, Engine, TrainingOptions, TrainingProgram } from '../../src/engines/engine.js';
import { engineOn, loadPlainLibrary } from '../../src/engines/tensorflow/index.js';
import { buildGraph } from '../../src/models/build.js';
import { readSpec } from '../../src/models/config/read-spec.js';
import { parseSource } from '../../src/models/config/source.js';
import { dropoutsOf, type Graph, weightsOf } from '../../src/models/graph/graph.js';
import { optimizerSchema } from '../../src/recipe/optimizers/index.js';

/** The reference, whatever is installed here; it holds no handle open. */
export const engine: Engine = engineOn(await loadPlainLibrary());

/** A graph from a config's mapping. */
export function graphOf(config: Record<string, unknown>): Graph {
  return buildGraph(readSpec('tiny', parseSource('tiny.yaml', JSON.stringify(config))));
}

/** A graph of these layers over 8x8x2 images and 3 classes, closed by a dense softmax layer. */
export function tinyGraph(layers: readonly unknown[], input = [8, 8, 2]): Graph {
  return graphOf({
    title: 'Tiny',
    input,
    classes: 3,
    dataset: 'mnist',
    layers: [...layers, { dense: { units: 'classes', activation: 'softmax' } }],
    training: { optimizer: 'sgd' },
  });
}

/** Settings with their defaults: `optimizer({ name: 'sgd', momentum: 0.9 })`. */
export const optimizer = (settings: Record<string, unknown>): TrainingOptions['optimizer'] =>
  optimizerSchema.parse(settings);

/** Normally distributed weights, biases included. */
export function randomWeights(graph: Graph, seed = 1): Tensors {
  return new Map(
    weightsOf(graph).map(({ fullName, spec }) => {
      const random = randomStream(seed, fullName);
      const spread = 1.2 / Math.sqrt(sizeOf(spec.shape.slice(0, -1)) || 1);
      const data = new Float32Array(sizeOf(spec.shape)).map(() => spread * random.normal());
      return [fullName, { shape: spec.shape, data }];
    }),
  );
}

/** A batch of random pixels, labels and masks. */
export function randomBatch(graph: Graph, batchSize: number, count = batchSize, seed = 1): Batch {
  const random = randomStream(seed, 'batch');
  const pixels = new Uint8Array(batchSize * sizeOf(graph.input)).map(() => random.below(256));
  const labels = new Int32Array(batchSize).map(() => random.below(graph.classes));
  const masks = new Map(
    dropoutsOf(graph).map(({ name, rate, shape }) => [
      name,
      new Uint8Array(batchSize * sizeOf(shape)).map(() => (random.uniform() < rate ? 0 : 1)),
    ]),
  );
  return { pixels, labels, count, masks };
}

/** The first `count` images of a batch as a batch of their own. */
export function firstImages(graph: Graph, batch: Batch, count: number): Batch {
  const masks = dropoutsOf(graph).map(
    ({ name, shape }) => [name, batch.masks.get(name)!.slice(0, count * sizeOf(shape))] as const,
  );
  return {
    pixels: batch.pixels.slice(0, count * sizeOf(graph.input)),
    labels: batch.labels.slice(0, count),
    count,
    masks: new Map(masks),
  };
}

/** What `gradientsOf` needs: after one step from zeros, the velocity is minus the gradient, unrounded. */
export const gradientSettings = optimizer({ name: 'sgd', momentum: 0.9 });

/** The gradients of a batch's loss, from a program with `gradientSettings`. */
export async function gradientsOf(
  program: TrainingProgram,
  weights: Tensors,
  batch: Batch,
): Promise<Tensors> {
  await program.load({ weights, slots: new Map(), step: 0 });
  await program.train([batch], [1]);
  const { slots } = await program.save();
  // Running means and variances have no gradient.
  const trained = [...weights].filter(([name]) => slots.has(`${name}/velocity`));
  return new Map(
    trained.map(([name, { shape }]) => [
      name,
      { shape, data: slots.get(`${name}/velocity`)!.data.map((value) => -value) },
    ]),
  );
}

/** The largest difference over the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return actual.length === expected.length ? difference / scale : Number.NaN;
}

/** Prints a measured error when SHOW_ERRORS is set. */
export function show(what: string, error: number): void {
  if (process.env.SHOW_ERRORS) console.log(what, error.toExponential(1));
}
