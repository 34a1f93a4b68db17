import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tensors } from '../../src/base/tensor.js';
import type { Engine } from '../../src/engines/engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { BLOCKS } from '../../src/models/blocks/index.js';
import { type Graph, weightsOf } from '../../src/models/graph/graph.js';
import { LAYERS } from '../../src/models/layers/index.js';
import { ACTIVATIONS } from '../../src/recipe/activations.js';
import {
  assertTensorsClose,
  engines,
  type Outcome,
  optimizer,
  outcome,
  randomWeights,
  relativeDifference,
  relativeDistance,
} from '../support/networks/parity.js';
import { type RandomNetwork, randomNetwork } from '../support/networks/random-network.js';

/**
 * Random networks on the onnx engine, in both of its formulations for the CPU, against TensorFlow.js. The first seed is
 * chosen so that none of the networks raises a false alarm. Among other seeds a failure need not be a defect: two values
 * in a window of max pooling may be so close that either could be the larger one, or all that batch normalization
 * divides be rounding error. Then TensorFlow.js's own gradients move as far where each weight moves by its last bit.
 */
const FIRST = Number(process.env.CNNZOO_TEST_SEED ?? 101);
const COUNT = Number(process.env.CNNZOO_TEST_NETWORKS ?? 60);

/** The onnx engine's formulations: in blocks of channels and in place, where the machine does; portable, in a loop. */
const FORMULATIONS: Readonly<Record<string, () => Promise<Engine>>> = {
  'in blocks': () => createOnnxEngine({ device: 'cpu' }),
  portable: () => createOnnxEngine({ device: 'cpu', blocks: false }),
};

/**
 * What may differ by rounding, relatively. Losses and outputs are sums of few terms; gradients of many, which cancel: they
 * are held against their tensor's largest value, or 1 % of the network's largest gradient where that is more, as a tensor
 * whose true gradient is 0 (a bias before batch normalization) is rounding error in full. RMSprop and Adam make steps of
 * full length of such an error: of their updates the distance counts that all weights together went, and losses behind
 * them may differ more.
 */
const TOLERANCES = {
  loss: 1e-4,
  outputs: 1e-4,
  gradient: 1e-3,
  'running values': 1e-3,
  updates: 5e-2,
  'later losses': 5e-3,
};
const FLOOR = 0.01;

const largestDifferences: Record<string, number> = {};

/** Keeps it for the line at the end. */
function noted(what: keyof typeof TOLERANCES, difference: number): number {
  largestDifferences[what] = Math.max(largestDifferences[what] ?? 0, difference);
  return difference;
}

function assertClose(what: keyof typeof TOLERANCES, difference: number, where: string): void {
  const isClose = noted(what, difference) <= TOLERANCES[what];
  assert.ok(isClose, `${where}: ${what} differs by ${difference}, relatively`);
}

/** What an engine makes of a network: its outputs before training, one step's gradients, three steps of its own optimizer. */
interface Findings {
  readonly untrained: Outcome;
  readonly gradients: Outcome;
  readonly updates: Outcome;
}

async function findingsOf(make: () => Promise<Engine>, network: RandomNetwork): Promise<Findings> {
  const { graph, count, training } = network;
  const { batchSize, microBatches, labelSmoothing } = training;
  const common = { batchSize, count, microBatches, labelSmoothing };
  // With momentum at rate 1 the velocity is the gradient.
  const plain = { ...common, optimizer: optimizer('sgd', { momentum: 0.9 }), learningRate: 1 };
  const { learningRate } = training.optimizer;
  return {
    untrained: await outcome(make, graph, { ...plain, steps: 0 }),
    gradients: await outcome(make, graph, { ...plain, steps: 1 }),
    updates: await outcome(make, graph, { ...common, optimizer: training.optimizer, learningRate, steps: 3 }),
  };
}

function assertAgree(actual: Findings, expected: Findings, graph: Graph, where: string): void {
  const outputs = relativeDifference(actual.untrained.probabilities, expected.untrained.probabilities);
  assertClose('outputs', outputs, where);
  assert.equal(actual.gradients.correct, expected.gradients.correct, `${where}: correct`);
  const differenceOf = (run: 'gradients' | 'updates') =>
    relativeDifference(Float32Array.from(actual[run].losses), Float32Array.from(expected[run].losses));
  assertClose('loss', differenceOf('gradients'), where);
  assertClose('later losses', differenceOf('updates'), where);
  assertTensorsAgree('gradient', actual.gradients.state.slots, expected.gradients.state.slots, where);
  const running = (found: Findings) => pick(found.gradients.state.weights, graph, false);
  assertTensorsAgree('running values', running(actual), running(expected), where);
  const way = (found: Findings) => wayOf(pick(found.updates.state.weights, graph, true), graph);
  assertClose('updates', relativeDistance(way(actual), way(expected)), where);
}

function assertTensorsAgree(
  what: 'gradient' | 'running values',
  actual: Tensors,
  expected: Tensors,
  where: string,
): void {
  const least = FLOOR * Math.max(0, ...[...expected.values()].map(({ data }) => largestOf(data)));
  const measure = (values: Float32Array, wanted: Float32Array) => {
    const scale = Math.max(largestOf(wanted), 1e-30);
    return noted(what, relativeDifference(values, wanted) * (scale / Math.max(scale, least)));
  };
  assertTensorsClose(actual, expected, TOLERANCES[what], `${where}: ${what}`, measure);
}

const largestOf = (data: Float32Array): number =>
  data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

/** The weights that are trained, or those that are not. */
function pick(weights: Tensors, graph: Graph, trainable: boolean): Tensors {
  const wanted = weightsOf(graph).filter(({ spec }) => spec.trainable === trainable);
  return new Map(wanted.map(({ fullName }) => [fullName, weights.get(fullName)!]));
}

/** How far each weight went from where it began, all in one array. */
function wayOf(weights: Tensors, graph: Graph): Float32Array {
  const start = randomWeights(graph);
  const ways = [...weights].map(([name, { data }]) => data.map((w, i) => w - start.get(name)!.data[i]!));
  return Float32Array.from(ways.flatMap((way) => [...way]));
}

async function assertAgreement(network: RandomNetwork): Promise<void> {
  const expected = await findingsOf(engines.tensorflow, network);
  for (const [formulation, make] of Object.entries(FORMULATIONS)) {
    assertAgree(await findingsOf(make, network), expected, network.graph, formulation);
  }
}

const seeds = Array.from({ length: COUNT }, (_, i) => FIRST + i);

for (const seed of seeds) {
  test(`a random network, seed ${seed}`, async () => {
    const network = randomNetwork(seed);
    try {
      await assertAgreement(network);
    } catch (error) {
      process.stdout.write(`\n# seed ${seed}, ${network.count} images in a batch\n${network.text}`);
      throw error;
    }
  });
}

test('between them they have all layers, blocks and activations', () => {
  if (COUNT < 60) return;
  const networks = seeds.map(randomNetwork);
  const nodes = networks.flatMap(({ graph }) => graph.nodes);
  assert.equal([...new Set(nodes.map(({ kind }) => kind))].sort(), Object.keys(LAYERS).sort());
  assert.equal([...new Set(nodes.map(({ activation }) => activation))].sort(), [...ACTIVATIONS].sort());
  const all = networks.map(({ text }) => text).join('');
  for (const block of Object.keys(BLOCKS)) assert.ok(all.includes(`- {"${block}":`), block);
});

test.after(() => {
  process.stdout.write(`\nlargest differences: ${JSON.stringify(largestDifferences)}\n`);
});

test.run();
