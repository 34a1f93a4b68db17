import type { Tensor } from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import type { Tensors } from '../../../src/base/tensor.js';
import { buildLayersModel, loadPlainLibrary, type Purpose } from '../../../src/engines/tensorflow/index.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { LAYERS } from '../../../src/models/layers/index.js';
import {
  engine,
  gradientSettings,
  gradientsOf,
  randomWeights,
  show,
  tinyGraph,
} from '../../support/networks/tensorflow.js';
import { randomBatch, relativeDifference } from '../../support/values.js';

const { tf } = await loadPlainLibrary();

/** A layer with weights before the one under test, so that the gradient has to pass through it. */
const front = { conv2d: { filters: 3, kernelSize: 3, activation: 'tanh' } };
const pooled = (layer: unknown) => [front, layer, 'flatten'];

/** Tiny networks with every layer kind, every padding and every activation. Their input is [8, 8, 2]. */
const CASES: Record<string, unknown[]> = {
  'conv2d valid, relu': [{ conv2d: { filters: 3, kernelSize: 3, activation: 'relu' } }, 'flatten'],
  'conv2d same, strides': pooled({
    conv2d: { filters: 2, kernelSize: [2, 3], strides: [2, 1], padding: 'same', activation: 'tanh' },
  }),
  'conv2d number': pooled({ conv2d: { filters: 2, kernelSize: 5, padding: 2, activation: 'sigmoid' } }),
  'conv2d no bias': pooled({ conv2d: { filters: 2, kernelSize: 1, useBias: false } }),
  'conv2d channel softmax': pooled({ conv2d: { filters: 3, kernelSize: 2, activation: 'softmax' } }),
  'maxPool2d valid': pooled({ maxPool2d: 2 }),
  'maxPool2d overlapping': pooled({ maxPool2d: { poolSize: 3, strides: 2 } }),
  'maxPool2d same': pooled({ maxPool2d: { poolSize: 3, strides: 2, padding: 'same' } }),
  'maxPool2d number': pooled({ maxPool2d: { poolSize: [3, 2], strides: 1, padding: 1 } }),
  'avgPool2d valid': pooled({ avgPool2d: { poolSize: 4, strides: 1 } }),
  'avgPool2d same': pooled({ avgPool2d: { poolSize: 3, strides: 2, padding: 'same' } }),
  'avgPool2d number': pooled({ avgPool2d: { poolSize: 3, strides: 1, padding: 1 } }),
  'zeroPadding2d and linear conv2d': [
    {
      zeroPadding2d: [
        [1, 0],
        [2, 3],
      ],
    },
    { conv2d: { filters: 2, kernelSize: 3 } },
    'flatten',
  ],
  constantPadding2d: [
    { constantPadding2d: { padding: 1, value: -0.5 } },
    { conv2d: { filters: 2, kernelSize: 3, activation: 'scaledTanh' } },
    'flatten',
  ],
  partialConv2d: pooled({
    partialConv2d: { connections: [[0, 2], [1], [0, 1, 2]], kernelSize: 3, padding: 1, activation: 'tanh' },
  }),
  subsampling2d: pooled({ subsampling2d: { poolSize: 2, activation: 'scaledTanh' } }),
  rbf: ['flatten', { dense: 4 }, { rbf: { units: 3, centres: 'random', activation: 'softmin' } }],
  'activation relu': pooled({ activation: 'relu' }),
  'activation sigmoid': pooled({ activation: 'sigmoid' }),
  'dense tanh': ['flatten', { dense: { units: 4, activation: 'tanh' } }],
  'dense relu, no bias': ['flatten', { dense: { units: 6, activation: 'relu', useBias: false } }],
  lrn: pooled({ lrn: { depthRadius: 1, alpha: 0.5 } }),
  batchNorm: [front, { batchNorm: { epsilon: 0.01 } }, { activation: 'sigmoid' }, 'flatten'],
  depthMaxPool: pooled({ depthMaxPool: { poolSize: 2, strides: 1 } }),
  globalAvgPool2d: [front, 'globalAvgPool2d'],
  'add and concatenate': [
    { conv2d: { name: 'a', filters: 3, kernelSize: 3, padding: 'same' } },
    { conv2d: { name: 'b', filters: 3, kernelSize: 1, activation: 'tanh' } },
    { add: { name: 'sum', from: ['a', 'b'] } },
    { concatenate: { from: ['sum', 'b'] } },
    'flatten',
  ],
  'a value that a layer reads twice, and others after it': [
    { conv2d: { name: 'a', filters: 3, kernelSize: 3 } },
    { add: { name: 'double', from: ['a', 'a'] } },
    { concatenate: { from: ['double', 'a', 'double'] } },
    'flatten',
  ],
  'dropout of a map': pooled({ dropout: 0.5 }),
  'dropout of a vector': [front, 'flatten', { dropout: 0.25 }, { dense: { units: 4 } }],
};

test('every layer kind is among the cases', () => {
  const layers = Object.values(CASES).flat();
  const used = new Set(
    layers.map((layer) => (typeof layer === 'string' ? layer : Object.keys(layer as object)[0])),
  );
  assert.equal([...used].sort(), Object.keys(LAYERS).sort());
});

/** `weights` with `distance` times `direction` added to the one called `name`. */
function moved(weights: Tensors, name: string, direction: ArrayLike<number>, distance: number): Tensors {
  const { shape, data } = weights.get(name)!;
  return new Map(weights).set(name, {
    shape,
    data: data.map((value, i) => value + distance * direction[i]!),
  });
}

/** A random unit vector that leans towards the gradient, so that the slope along it is not lost in rounding. */
function direction(gradient: Float32Array, name: string): Float32Array {
  const random = randomStream(7, name);
  const scale = Math.hypot(...gradient) / Math.sqrt(gradient.length);
  const towards = gradient.map((value) => value / scale + random.normal());
  const length = Math.hypot(...towards);
  return towards.map((value) => value / length);
}

async function checkGradients(graph: Graph, label: string): Promise<void> {
  const program = await engine.trainingProgram(graph, { batchSize: 3, optimizer: gradientSettings });
  const weights = randomWeights(graph);
  const batch = randomBatch(graph, 3, 2, 1);
  const gradients = await gradientsOf(program, weights, batch);
  const lossAt = async (at: Tensors): Promise<number> => {
    await program.load({ weights: at, slots: new Map(), step: 0 });
    return (await program.train([batch], [0]))[0]!.loss;
  };
  for (const [name, { data: gradient }] of gradients) {
    assert.ok(
      gradient.some((value) => value !== 0),
      `${name} has no gradient`,
    );
    const along = direction(gradient, name);
    const distance = 4e-3;
    const ahead = await lossAt(moved(weights, name, along, distance));
    const behind = await lossAt(moved(weights, name, along, -distance));
    const slope = gradient.reduce((sum, value, i) => sum + value * along[i]!, 0);
    const error = Math.abs((ahead - behind) / (2 * distance) / slope - 1);
    show(`${label} ${name}`, error);
    assert.ok(
      error < 5e-3,
      `${name}: slope ${slope}, finite differences ${(ahead - behind) / (2 * distance)}`,
    );
  }
  await program.dispose();
}

for (const [label, layers] of Object.entries(CASES)) {
  test(`${label}: gradients agree with finite differences`, () => checkGradients(tinyGraph(layers), label));

  test(`${label}: a saved and reloaded tf.LayersModel gives the same probabilities`, async () => {
    const graph = tinyGraph(layers);
    const model = buildLayersModel(tf, graph);
    const copy = await tf.models.modelFromJSON(JSON.parse(model.toJSON() as string));
    model.setWeights(model.getWeights().map(({ shape }, i) => randomWeight(shape, i)));
    copy.setWeights(model.getWeights());
    const image = tf.randomUniform([2, ...graph.input], 0, 1, 'float32', 1);
    const [one, other] = [model.predict(image), copy.predict(image)].map((y) =>
      (y as typeof image).dataSync(),
    );
    assert.equal([...other!], [...one!]);
    assert.ok(new Set(one).size > 3, 'probabilities depend on the image');
    model.dispose();
    copy.dispose();
    image.dispose();
  });
}

/** Vectors are positive: variances among them must be. */
function randomWeight(shape: number[], seed: number): Tensor {
  // A seed of 0 would count as none.
  const values = tf.randomNormal(shape, 0, 1, 'float32', seed + 1);
  return shape.length === 1 ? tf.abs(values) : values;
}

/** What an average pool makes of the 3x3 image 0, 1, ... 8. */
function averages(padding: 'same' | number, purpose: Purpose): ArrayLike<number> {
  const graph = tinyGraph([{ avgPool2d: { poolSize: 2, padding } }, 'flatten'], [3, 3, 1]);
  const model = buildLayersModel(tf, graph, purpose);
  const outputs = model.getLayer('avgPool2d_1').output as SymbolicTensor;
  const image = tf.reshape(tf.range(0, 9), [1, 3, 3, 1]);
  return (tf.model({ inputs: model.inputs, outputs }).predict(image) as Tensor).dataSync();
}

test('average pooling divides by the real cells with any padding', () => {
  for (const purpose of ['training', 'inference'] as const) {
    const same = averages('same', purpose);
    assert.ok(relativeDifference(same, [2, 3.5, 6.5, 8]) < 1e-6, `${purpose}: ${same}`);
    const around = averages(1, purpose);
    assert.ok(relativeDifference(around, [0, 1.5, 4.5, 6]) < 1e-6, `${purpose}: ${around}`);
  }
});

test('what TensorFlow.js refuses is rethrown with the layer and its input', () => {
  const graph = tinyGraph([{ conv2d: { filters: 2, kernelSize: 3 } }, 'flatten']);
  const [conv, ...rest] = graph.nodes;
  const broken = {
    ...graph,
    nodes: [{ ...conv!, params: { ...(conv!.params as object), filters: -1 } }, ...rest],
  };
  assert.throws(
    () => buildLayersModel(tf, broken),
    /^conv2d_1: TensorFlow\.js refuses conv2d on \[8, 8, 2\]: /,
  );
  const other = { ...graph, nodes: [{ ...conv!, outputShape: [9, 9, 2] }, ...rest] };
  assert.throws(
    () => buildLayersModel(tf, other),
    /^internal: conv2d_1: TensorFlow\.js makes \[6, 6, 2\] where the graph has \[9, 9, 2\]/,
  );
});

test.run();
