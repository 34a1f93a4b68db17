import { randomStream } from '../../../src/base/random.js';
import { sizeOf, type Tensors } from '../../../src/base/tensor.js';
import type { Batch, Engine, TrainingOptions, TrainingProgram } from '../../../src/engines/engine.js';
import { engineOn, loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import { dropoutsOf, type Graph, weightsOf } from '../../../src/models/graph/graph.js';
import { optimizerSchema } from '../../../src/recipe/optimizers/index.js';
import { graphOf } from './yaml.js';

/** The reference, whatever is installed here; it holds no handle open. */
export const engine: Engine = engineOn(await loadPlainLibrary());

/** A graph of these layers over 8x8x2 images and 3 classes, closed by a dense softmax layer. */
export function tinyGraph(layers: readonly unknown[], input = [8, 8, 2]): Graph {
  return graphOf(
    JSON.stringify({
      title: 'Tiny',
      input,
      classes: 3,
      dataset: 'mnist',
      layers: [...layers, { dense: { units: 'classes', activation: 'softmax' } }],
      training: { optimizer: 'sgd' },
    }),
    'tiny',
  );
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

/** Prints a measured error when SHOW_ERRORS is set. */
export function show(what: string, error: number): void {
  if (process.env.SHOW_ERRORS) console.log(what, error.toExponential(1));
}
