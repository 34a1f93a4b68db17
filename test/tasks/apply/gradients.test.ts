import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import { sizeOf, type Tensor, type Tensors } from '../../../src/base/tensor.js';
import type { Engine, GradientsInput, GradientsResult } from '../../../src/engines/engine.js';
import { dropoutsOf, type Graph, outputNode } from '../../../src/models/graph/graph.js';
import { apply, applyJson, channelOf } from '../../support/networks/apply.js';
import { configurations, randomInput } from '../../support/networks/layer-configurations.js';
import {
  assertTensorsClose,
  engines,
  randomWeights,
  relativeDifference,
} from '../../support/networks/parity.js';

const BATCH = 2;

async function gradientsOn(engine: Engine, graph: Graph, weights: Tensors, given: GradientsInput) {
  const program = await engine.gradientsProgram(graph, { batchSize: BATCH });
  try {
    await program.load(weights);
    return await program.run(given);
  } finally {
    await program.dispose();
  }
}

function givenFor(graph: Graph, seed: number): GradientsInput {
  const random = randomStream(seed, 'gradient');
  const shape = [BATCH, ...outputNode(graph).outputShape];
  const masks = dropoutsOf(graph).map(({ name, rate, shape }): [string, Uint8Array] => [
    name,
    new Uint8Array(BATCH * sizeOf(shape)).map(() => (random.uniform() < rate ? 0 : 1)),
  ]);
  return {
    input: randomInput(graph, BATCH, seed),
    gradient: { shape, data: new Float32Array(sizeOf(shape)).map(() => 2 * random.uniform() - 1) },
    masks: new Map(masks),
  };
}

function assertSame(actual: GradientsResult, expected: GradientsResult, what: string): void {
  const tolerance = 1e-4;
  assertTensorsClose(actual.outputs, expected.outputs, tolerance, `${what}: output`);
  assertTensorsClose(actual.weights, expected.weights, tolerance, `${what}: gradient of`);
  assert.equal(actual.input.shape, expected.input.shape);
  const difference = relativeDifference(actual.input.data, expected.input.data);
  assert.ok(difference <= tolerance, `${what}: the input's gradient differs by ${difference}`);
}

test('gradients of every kind of layer are those of TensorFlow.js', async () => {
  const [onnx, tensorflow] = [await engines.onnx(), await engines.tensorflow()];
  let seed = 0;
  for (const graph of configurations()) {
    const { kind, params } = outputNode(graph);
    const [weights, given] = [randomWeights(graph, ++seed), givenFor(graph, seed)];
    const expected = await gradientsOn(tensorflow, graph, weights, given);
    const actual = await gradientsOn(onnx, graph, weights, given);
    assertSame(actual, expected, `${kind} ${JSON.stringify(params)}`);
  }
  await onnx.dispose();
  await tensorflow.dispose();
});

/** Those whose values have no corners, where a finite difference says little. */
const SMOOTH = new Set([
  'conv2d',
  'dense',
  'avgPool2d',
  'lrn',
  'batchNorm',
  'rbf',
  'subsampling2d',
  'partialConv2d',
  'globalAvgPool2d',
]);

test('gradients are what finite differences say', async () => {
  const engine = await engines.onnx();
  let seed = 0;
  let compared = 0;
  for (const graph of configurations()) {
    const { kind, params, activation } = outputNode(graph);
    if (!SMOOTH.has(kind) || activation === 'relu') continue;
    const [weights, given] = [randomWeights(graph, ++seed), givenFor(graph, seed)];
    const program = await engine.gradientsProgram(graph, { batchSize: BATCH });
    await program.load(weights);
    const { input } = await program.run(given);
    const at = randomStream(seed, 'place').below(input.data.length);
    const loss = async (step: number) => {
      const moved = { ...given.input, data: given.input.data.slice() };
      moved.data[at]! += step;
      const { outputs } = await program.run({ ...given, input: moved });
      return dot(outputs.get(outputNode(graph).name)!, given.gradient);
    };
    const h = 1e-2;
    const difference = ((await loss(h)) - (await loss(-h))) / (2 * h);
    const largest = input.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = Math.abs(difference - input.data[at]!);
    assert.ok(
      off <= 0.02 * largest + 1e-3,
      `${kind} ${JSON.stringify(params)}: ${input.data[at]}, by differences ${difference}`,
    );
    compared++;
    await program.dispose();
  }
  assert.ok(compared > 50, `${compared} compared`);
  await engine.dispose();
});

function dot(a: Tensor, b: Tensor): number {
  return a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);
}

/** Layers whose way back is written out as sums. */
const EXPLAINED: readonly (readonly [string, string, string?])[] = [
  ['conv2d: {filters: 2, kernelSize: 3, padding: same, strides: 2, activation: tanh}', 'random:2x5x5x2'],
  ['conv2d: {filters: 2, kernelSize: [2, 3], activation: sigmoid}', 'random:5x5x2'],
  ['partialConv2d: {connections: [[0, 2], [1]], kernelSize: 2, activation: scaledTanh}', 'random:4x4x3'],
  [
    'maxPool2d: {poolSize: 3, strides: 1, padding: same}',
    '1 3 2 1 3; 2 9 1 1 5; 1 3 2 3 2; 8 3 5 1 0; 5 6 1 2 9',
    'ones',
  ],
  ['avgPool2d: {poolSize: 3, strides: 1, padding: same}', 'random:4x4x2'],
  ['subsampling2d: {poolSize: 2, activation: relu}', 'random:4x4x2'],
  ['globalAvgPool2d', 'random:3x3x2'],
  ['depthMaxPool: {poolSize: 2, strides: 1}', 'random:2x2x4'],
  ['dense: {units: 3, activation: relu}', '1 -2 3'],
  ['dense: {units: 3, activation: softmax}', '1 -2 3'],
  ['dense: {units: 3, activation: softmin}', '1 -2 3', 'class:1'],
  ['dense: {units: 3, activation: softmax}', '1 -2 3', 'class:2'],
  ['dense: 3', '1 -2 3', 'class:0'],
  ['flatten', 'random:2x2x2'],
  ['dropout: 0.5', 'random:8'],
  ['zeroPadding2d: 1', 'random:3x3x1'],
];

for (const [layers, data, given] of EXPLAINED) {
  test(`the way back is written out as it is computed: ${layers} ${given ?? ''}`, async () => {
    const { gradient } = await apply(layers, data, { gradient: given === 'ones' ? true : (given ?? '1') });
    const { input, ways } = gradient!;
    assert.ok(ways.length > 0);
    for (const [i, { value, text, place }] of ways.entries()) {
      const off = Math.abs(value - input.data[i]!);
      assert.ok(off <= 1e-5, `${place.join()}: ${text}, where the engine has ${input.data[i]}`);
    }
  });
}

test('softmax with cross-entropy sends back the probability, less 1 for the class', async () => {
  const { gradient, layers } = await apply('dense: {units: 3, activation: softmax}', '1 -2 3', {
    gradient: 'class:2',
  });
  const probabilities = layers[0]!.output.data;
  const bias = gradient!.weights.get('dense_1/bias')!.data;
  probabilities.forEach((p, k) => {
    assert.ok(Math.abs(bias[k]! - (p - (k === 2 ? 1 : 0))) < 1e-5);
  });
});

test('a maximum sends its gradient to the largest value alone', async () => {
  const json = await applyJson('maxPool2d: 2', '1 3 2 1; 2 9 1 1; 1 3 2 3; 5 6 1 2', {
    gradient: '1 2; 3 4',
  });
  assert.is(channelOf(json.gradient.input), '0 0 2 0 / 0 1 0 0 / 0 0 0 4 / 0 3 0 0');
});

test('with gradients everything is as in training, and so is what --at writes out', async () => {
  const { at, layers } = await apply('batchNorm', '1 2; 3 4', { gradient: true, at: '1,1' });
  assert.match(at!.text, /mean 2\.5\) \/ sqrt\(variance 1\.25/);
  assert.ok(Math.abs(at!.value - layers[0]!.output.data[3]!) < 1e-5);
});

test.run();
