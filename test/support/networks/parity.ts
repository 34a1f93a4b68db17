import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import type { Tensors } from '../../../src/base/tensor.js';
import type { Engine, EngineOptions, ProgramState } from '../../../src/engines/engine.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { createTensorflowEngine } from '../../../src/engines/tensorflow/index.js';
import { buildGraph } from '../../../src/models/build.js';
import { type Graph, outputNode, weightsOf } from '../../../src/models/graph/graph.js';
import { loadModel } from '../../../src/models/zoo.js';
import { draw } from '../../../src/recipe/initializers.js';
import type { OptimizerConfig } from '../../../src/recipe/optimizers/index.js';
import { OPTIMIZERS } from '../../../src/recipe/optimizers/index.js';
import { randomBatch, relativeDifference } from '../values.js';
import { graphOf as graphOfText } from './yaml.js';

export { randomBatch, relativeDifference };

/** A graph from the layers of a YAML config. */
export function graphOf(layers: string, input = '[8, 8, 2]', classes = 3, loss = 'crossEntropy'): Graph {
  const head = `title: test\ninput: ${input}\nclasses: ${classes}\ndataset: digits\n`;
  return graphOfText(`${head}training: { optimizer: sgd, loss: ${loss} }\nlayers:\n${layers}`, 'test');
}

/** A model of the zoo, at its own or another size. */
export function zooGraph(name: string, input?: readonly [number, number, number]): Graph {
  return buildGraph(loadModel(name), input ? { input } : {});
}

/** An optimizer's config with defaults filled in. */
export function optimizer<N extends OptimizerConfig['name']>(
  name: N,
  settings: object = {},
): OptimizerConfig {
  return { name, ...(OPTIMIZERS[name].schema.parse(settings) as object) } as OptimizerConfig;
}

/** Weights that leave nothing at zero: biases too, so that none can be forgotten. */
export function randomWeights(graph: Graph, seed = 7): Tensors {
  return new Map(
    weightsOf(graph).map(({ fullName, spec }) => {
      const random = randomStream(seed, fullName);
      const small = spec.name === 'moving_variance' ? { min: 0.5, max: 2 } : { min: -0.2, max: 0.2 };
      const initializer = spec.shape.length > 1 ? spec.initializer : { uniform: small };
      return [fullName, { shape: spec.shape, data: draw(initializer, spec.shape, random) }];
    }),
  );
}

/** The same a thousand times as large, but for the classifier's: sums of a careless formula for an activation overflow. */
export function weightsFarOut(graph: Graph): Tensors {
  const classifier = outputNode(graph).name;
  const random = randomWeights(graph);
  return new Map(
    weightsOf(graph).map(({ fullName, node, spec }) => {
      const { shape, data } = random.get(fullName)!;
      const isFactor = /kernel|gamma|coefficient/.test(spec.name) && node.name !== classifier;
      return [fullName, { shape, data: isFactor ? data.map((value) => 1000 * value) : data }];
    }),
  );
}

/** With as many threads as `npm test` leaves to one of its processes; a file that runs by itself has all cores. */
export function onnxEngine(options: EngineOptions): Promise<Engine> {
  const threads = process.env.CNNZOO_TEST_THREADS;
  return createOnnxEngine({ threads: threads === undefined ? undefined : Number(threads), ...options });
}

export const engines: { readonly onnx: () => Promise<Engine>; readonly tensorflow: () => Promise<Engine> } = {
  onnx: () => onnxEngine({ device: process.env.CNNZOO_TEST_DEVICE ?? 'cpu' }),
  tensorflow: () => createTensorflowEngine({ device: 'cpu' }),
};

export interface ParityOptions {
  readonly batchSize: number;
  /** Real images in the batches; the rest is padding. */
  readonly count?: number;
  readonly optimizer: OptimizerConfig;
  readonly learningRate: number;
  readonly steps: number;
  readonly labelSmoothing?: number;
  readonly microBatches?: number;
  /** To begin with; random ones without it. */
  readonly weights?: Tensors;
}

export interface Outcome {
  readonly losses: number[];
  readonly correct: number[];
  readonly state: ProgramState;
  /** Of the weights after training, on the first batch. */
  readonly probabilities: Float32Array;
}

/** Trains a few steps on one engine and then looks at the first batch. */
export async function outcome(
  make: () => Promise<Engine>,
  graph: Graph,
  options: ParityOptions,
): Promise<Outcome> {
  const { batchSize, count = batchSize, steps } = options;
  const engine = await make();
  try {
    const program = await engine.trainingProgram(graph, options);
    await program.load({ weights: options.weights ?? randomWeights(graph), slots: new Map(), step: 0 });
    const results = [];
    for (let i = 0; i < steps; i++) {
      results.push(
        ...(await program.train([randomBatch(graph, batchSize, count, i)], [options.learningRate])),
      );
    }
    const state = await program.save();
    await program.dispose();
    const inference = await engine.inferenceProgram(graph, { batchSize });
    await inference.load(state.weights);
    const { probabilities } = await inference.run(randomBatch(graph, batchSize, count, 0));
    await inference.dispose();
    return {
      losses: results.map((r) => r.loss),
      correct: results.map((r) => r.correct),
      state,
      probabilities,
    };
  } finally {
    await engine.dispose();
  }
}

/** The difference of two arrays as vectors, relative to `expected`: Euclidean lengths. */
export function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  let distance = 0;
  let length = 0;
  for (let i = 0; i < expected.length; i++) {
    distance += (actual[i]! - expected[i]!) ** 2;
    length += expected[i]! ** 2;
  }
  return Math.sqrt(distance / Math.max(length, 1e-30));
}

/** Both tensors' names and values agree. */
export function assertTensorsClose(
  actual: Tensors,
  expected: Tensors,
  tolerance: number,
  what: string,
  measure: (actual: Float32Array, expected: Float32Array) => number = relativeDifference,
): void {
  assert.equal([...actual.keys()].sort(), [...expected.keys()].sort(), what);
  for (const [name, tensor] of expected) {
    assert.equal(actual.get(name)!.shape, tensor.shape, `${what} ${name}: shape`);
    const difference = measure(actual.get(name)!.data, tensor.data);
    assert.ok(difference <= tolerance, `${what} ${name}: differs by ${difference}, relatively`);
  }
}

/** Trains on both engines and compares everything. */
export async function assertParity(
  graph: Graph,
  options: ParityOptions,
  tolerance = 1e-4,
  make = engines.onnx,
): Promise<void> {
  const expected = await outcome(engines.tensorflow, graph, options);
  const actual = await outcome(make, graph, options);
  const lossTolerance = options.steps > 1 ? 1e-3 : tolerance;
  expected.losses.forEach((loss, i) => {
    const difference = Math.abs(actual.losses[i]! - loss) / Math.abs(loss);
    assert.ok(difference <= lossTolerance, `loss of step ${i + 1}: ${actual.losses[i]} instead of ${loss}`);
  });
  if (options.steps > 1) return;
  assert.equal(actual.correct, expected.correct);
  assertTensorsClose(actual.state.slots, expected.state.slots, tolerance, 'slot');
  // RMSprop and Adam divide by the gradient's size: where it is all rounding error the update is too, in full. So single
  // weights are compared after SGD, and through the slots, which are the gradients; after these two the whole tensor is.
  const measure = options.optimizer.name === 'sgd' ? relativeDifference : relativeDistance;
  assertTensorsClose(actual.state.weights, expected.state.weights, tolerance, 'weight', measure);
  const difference = relativeDifference(actual.probabilities, expected.probabilities);
  assert.ok(difference <= tolerance, `outputs differ by ${difference}`);
}

/** Everything that belongs to single images: padding, dropout masks, an auxiliary loss; large weights and small ones. */
export const OF_SINGLE_IMAGES = graphOf(`  - conv2d: { filters: 4, kernelSize: 3, activation: relu }
  - auxiliary:
      weight: 0.3
      layers: [flatten, dense: { units: classes, activation: softmax }]
  - maxPool2d: 2
  - dropout: 0.3
  - flatten
  - dense: { units: 1900, activation: relu }
  - dropout: 0.5
  - dense: { units: classes, activation: softmax }
`);

/** How a batch in parts and a whole one are trained that are to come out the same. */
export const RECIPE_OF_PARTS = {
  batchSize: 10,
  optimizer: optimizer('sgd', { momentum: 0.9, weightDecay: 0.01 }),
  learningRate: 0.1,
  labelSmoothing: 0.1,
};

/** Both have trained alike, but for the order in which they add up. */
export function assertSame(actual: Outcome, expected: Outcome): void {
  expected.losses.forEach((loss, i) => {
    assert.ok(Math.abs(actual.losses[i]! - loss) <= 1e-5 * loss, `${actual.losses[i]} instead of ${loss}`);
  });
  assert.equal(actual.correct, expected.correct);
  assertTensorsClose(actual.state.slots, expected.state.slots, 1e-5, 'slot');
  assertTensorsClose(actual.state.weights, expected.state.weights, 1e-5, 'weight');
}
