/**
 * What may never break on a GPU, in a few minutes on a software adapter (`npm run test:gpu:quick`): every kind of layer,
 * activation and block, forward and backward, and a training step of three networks of the zoo, beside TensorFlow.js in
 * plain JavaScript; all of it computed on the GPU.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { hasHardwareGpu, resolveDevice } from '../../src/engines/onnx/devices.js';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { buildGraph } from '../../src/models/build.js';
import { readSpec } from '../../src/models/config/read-spec.js';
import { parseSource } from '../../src/models/config/source.js';
import type { Graph } from '../../src/models/graph/graph.js';
import { LAYERS } from '../../src/models/layers/index.js';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { ACTIVATIONS } from '../../src/recipe/activations.js';
import type { OptimizerConfig } from '../../src/recipe/optimizers/index.js';
import { OPTIMIZERS } from '../../src/recipe/optimizers/index.js';
import { assertParity, graphOf, optimizer, weightsFarOut, zooGraph } from '../support/networks/parity.js';
import { profiled } from '../support/profile.js';

const TAIL = '  - dense: { units: classes, activation: softmax }\n';

/** Between them they have every layer, activation and block; a layer in front of each, so that input gradients matter. */
const NETWORKS: Record<string, Graph> = {
  'convolutions, batch normalization, max pooling, dropout': graphOf(`
  - conv2d: { filters: 4, kernelSize: 3, padding: same, activation: tanh }
  - batchNorm
  - activation: relu
  - maxPool2d: { poolSize: 3, strides: 2, padding: same }
  - dropout: 0.4
  - conv2d: { filters: 6, kernelSize: 3, strides: 2, activation: linear }
  - flatten
  - dense: { units: 7, activation: sigmoid }
${TAIL}`),
  'padding, average pooling, pooling and normalization over channels': graphOf(`
  - conv2d: { filters: 6, kernelSize: 3, activation: scaledTanh }
  - zeroPadding2d: [[1, 2], [0, 3]]
  - conv2d: { filters: 6, kernelSize: [2, 3], strides: [1, 2] }
  - lrn: { depthRadius: 1, alpha: 0.5, beta: 0.6, bias: 1 }
  - constantPadding2d: { padding: 1, value: -0.7 }
  - depthMaxPool: 2
  - avgPool2d: { poolSize: 3, strides: 2, padding: same }
  - flatten
  - dense: { units: 6, activation: softmax }
${TAIL}`),
  'the layers of LeNet-5 (1998)': graphOf(`
  - conv2d: { filters: 4, kernelSize: 3, activation: tanh }
  - subsampling2d: { poolSize: 2, activation: scaledTanh }
  - partialConv2d: { connections: [[0, 2], [3], [0, 1, 2, 3]], kernelSize: 2 }
  - flatten
  - rbf: { units: 5, centres: random, activation: softmin }
${TAIL}`),
  'branches, inception, residuals, an auxiliary classifier': graphOf(`
  - conv2d: { name: a, filters: 4, kernelSize: 3, activation: tanh }
  - inception: { name: inc, filters: [2, 3, 4, 1, 2, 3] }
  - auxiliary: { weight: 0.3, layers: [flatten, dense: { units: classes, activation: softmax }] }
  - branches: { join: add, paths: [[conv2d: { filters: 11, kernelSize: 1 }], []] }
  - repeat: { times: 2, layers: [residual: { filters: 11 }] }
  - globalAvgPool2d
${TAIL}`),
};

const GRADIENTS = { batchSize: 5, count: 4, optimizer: optimizer('sgd'), learningRate: 1, steps: 1 };
/** Refuses programs of which a part would run on the CPU. */
const onGpu = (profile?: string) => createOnnxEngine({ device: 'webgpu', whole: true, profile });

for (const [name, graph] of Object.entries(NETWORKS)) {
  test(`gradients and outputs of ${name}`, () => assertParity(graph, GRADIENTS, 1e-4, onGpu));
}

test('every kind of layer and activation is among them', () => {
  const nodes = Object.values(NETWORKS).flatMap((graph) => graph.nodes);
  assert.equal([...new Set(nodes.map(({ kind }) => kind))].sort(), Object.keys(LAYERS).sort());
  const activations = new Set(nodes.map(({ activation }) => activation));
  for (const name of ACTIVATIONS) assert.ok(activations.has(name), name);
});

test('a tanh of sums far out, in a convolution', () => {
  const graph = graphOf(
    `  - conv2d: { filters: 4, kernelSize: 3, activation: tanh }\n  - maxPool2d: 2\n  - flatten\n${TAIL}`,
  );
  return assertParity(
    graph,
    { ...GRADIENTS, learningRate: 0.001, weights: weightsFarOut(graph) },
    1e-4,
    onGpu,
  );
});

/** With the optimizer of each in the zoo. */
const STEPS: Record<string, Graph> = {
  lenet5: zooGraph('lenet5'),
  'mnist-basic': zooGraph('mnist-basic'),
  googlenet: narrow('googlenet', 16, [80, 80, 3]),
};

for (const [name, graph] of Object.entries(STEPS)) {
  test(`${name}: a training step and inference, each operator of them on the GPU`, async () => {
    const recipe = optimizerOf(loadModel(name));
    const options = { batchSize: 2, optimizer: recipe, learningRate: recipe.learningRate, steps: 1 };
    const ran = await profiled((path) => assertParity(graph, options, 1e-3, () => onGpu(path)));
    assert.equal(
      ran.filter(({ provider }) => provider !== 'WebGpuExecutionProvider'),
      [],
    );
    assert.ok(ran.length > 50, `only ${ran.length} operators were seen`);
  });
}

test('every optimizer is among them', () => {
  const names = Object.keys(STEPS).map((name): OptimizerConfig['name'] => optimizerOf(loadModel(name)).name);
  assert.equal([...names].sort(), Object.keys(OPTIMIZERS).sort());
});

test('--device auto never takes a software adapter', async () => {
  const name = await resolveDevice('auto');
  assert.is(name, hasHardwareGpu() ? 'webgpu' : 'cpu');
});

/** A network of the zoo with so many times fewer filters and units, for images of another size. */
function narrow(name: string, times: number, input: readonly [number, number, number]): Graph {
  const config = parse(
    readFileSync(new URL(`../../configs/${name}.yaml`, import.meta.url), 'utf8'),
  ) as object;
  const less = (value: unknown): unknown =>
    typeof value === 'number' ? Math.ceil(value / times) : Array.isArray(value) ? value.map(less) : value;
  const text = stringify({ ...config, input, classes: 10, published: undefined }, (key, value) =>
    key === 'filters' || key === 'units' ? less(value) : value,
  );
  return buildGraph(readSpec(name, parseSource(`${name}.yaml`, text)));
}

test.run();
