import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/models/graph/graph.js';
import {
  assertTensorsClose,
  graphOf,
  onnxEngine,
  optimizer,
  outcome,
  type ParityOptions,
  relativeDifference,
  relativeDistance,
  zooGraph,
} from '../../support/networks/parity.js';

const blocked = () => onnxEngine({ device: 'cpu' });
const direct = () => onnxEngine({ device: 'cpu', formulation: 'direct' });
const portable = () => onnxEngine({ device: 'cpu', blocks: false });

/** Gradients as they are: with SGD at rate 1 the update is the gradient. */
const GRADIENTS = { batchSize: 20, count: 18, optimizer: optimizer('sgd'), learningRate: 1, steps: 1 };

async function assertSame(
  graph: Graph,
  options: ParityOptions,
  { make = blocked, tolerance = 1e-4 } = {},
): Promise<void> {
  const expected = await outcome(portable, graph, options);
  const actual = await outcome(make, graph, options);
  assert.ok(Math.abs(actual.losses[0]! / expected.losses[0]! - 1) < tolerance, 'loss');
  assert.equal(actual.correct, expected.correct);
  assertTensorsClose(actual.state.weights, expected.state.weights, tolerance, 'weight');
  assertTensorsClose(actual.state.slots, expected.state.slots, tolerance, 'slot');
  assert.ok(relativeDifference(actual.probabilities, expected.probabilities) <= tolerance, 'outputs');
}

const TAIL = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';
const CONV = '  - conv2d: { filters: 16, kernelSize: 3, activation: relu }\n';

/** Layers behind a convolution whose output lies in blocks: 12x12 with 16 channels. */
const CASES: Record<string, string> = {
  'a convolution': '  - conv2d: { filters: 32, kernelSize: 3 }\n',
  'tanh, same': '  - conv2d: { filters: 32, kernelSize: 3, padding: same, activation: tanh }\n',
  sigmoid:
    '  - conv2d: { filters: 24, kernelSize: 3, padding: same, activation: sigmoid }\n  - conv2d: { filters: 32, kernelSize: 3 }\n',
  'filters that fill no block':
    '  - conv2d: { filters: 24, kernelSize: [2, 3], activation: relu }\n  - conv2d: { filters: 30, kernelSize: 3 }\n',
  'few filters': '  - conv2d: { filters: 5, kernelSize: 3 }\n',
  'few channels later':
    '  - conv2d: { filters: 5, kernelSize: 3 }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'a vector behind filters that fill no block':
    '  - conv2d: { filters: 30, kernelSize: 3, activation: relu }\n',
  '1x1': '  - conv2d: { filters: 48, kernelSize: 1, activation: relu }\n',
  strides: '  - conv2d: { filters: 32, kernelSize: 3, strides: 2 }\n',
  'strides, same': '  - conv2d: { filters: 32, kernelSize: 3, strides: 2, padding: same }\n',
  'strides with padding as a number': '  - conv2d: { filters: 32, kernelSize: 3, strides: 2, padding: 1 }\n',
  'strides with more padding than a phase has taps':
    '  - conv2d: { filters: 32, kernelSize: 3, strides: 2, padding: 2 }\n',
  'uneven strides': '  - conv2d: { filters: 32, kernelSize: [5, 3], strides: [3, 1], padding: same }\n',
  '1x1 with strides': '  - conv2d: { filters: 32, kernelSize: 1, strides: 2 }\n',
  'without bias': '  - conv2d: { filters: 32, kernelSize: 3, useBias: false, activation: relu }\n',
  'max pooling':
    '  - maxPool2d: { poolSize: 3, strides: 2, padding: same }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'max pooling, stride 1':
    '  - maxPool2d: { poolSize: 3, strides: 1, padding: same }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'max pooling of every second place':
    '  - maxPool2d: { poolSize: 1, strides: 2 }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'max pooling along one axis of every second place':
    '  - maxPool2d: { poolSize: [2, 1], strides: 2 }\n  - maxPool2d: { poolSize: [1, 3], strides: [2, 1], padding: same }\n  - conv2d: { filters: 16, kernelSize: 1 }\n',
  'max pooling in pairs, many of them equal':
    '  - maxPool2d: { poolSize: 3, strides: 1, padding: same }\n  - maxPool2d: 2\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'max pooling in pairs along one axis':
    '  - maxPool2d: [1, 2]\n  - maxPool2d: [2, 1]\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'max pooling in pairs with padding as a number':
    '  - maxPool2d: { poolSize: 2, strides: 2, padding: 1 }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'max pooling in pairs, a row left over':
    '  - maxPool2d: { poolSize: 2, strides: 1 }\n  - maxPool2d: 2\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'average pooling':
    '  - avgPool2d: { poolSize: 3, strides: 2, padding: same }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'zero padding':
    '  - zeroPadding2d: [[1, 2], [0, 3]]\n  - maxPool2d: 2\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  lrn: '  - lrn: { depthRadius: 2, alpha: 0.3, beta: 0.75, bias: 1 }\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'batch normalization':
    '  - batchNorm\n  - conv2d: { filters: 24, kernelSize: 3 }\n  - batchNorm\n  - activation: relu\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'dropout on a map': '  - dropout: 0.4\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  'depth-wise pooling': '  - depthMaxPool: 2\n  - conv2d: { filters: 16, kernelSize: 3 }\n',
  inception:
    '  - inception: { name: inc, filters: [16, 24, 32, 4, 16, 32] }\n  - conv2d: { filters: 16, kernelSize: 1 }\n',
  'inception of odd branches':
    '  - inception: { name: inc, filters: [8, 16, 24, 4, 8, 8] }\n  - conv2d: { filters: 16, kernelSize: 1 }\n',
  residual: '  - residual: { filters: 16 }\n  - residual: { filters: 32, strides: 2 }\n',
  'residual bottleneck': '  - residual: { name: block, filters: 16, bottleneck: true, projection: true }\n',
  'global pooling': '  - conv2d: { filters: 32, kernelSize: 3 }\n  - globalAvgPool2d\n',
};

for (const [name, layers] of Object.entries(CASES)) {
  test(`blocks: ${name}`, async () => {
    const tail = layers.includes('global') ? TAIL.replace('  - flatten\n', '') : TAIL;
    await assertSame(graphOf(CONV + layers + tail, '[14, 14, 3]'), GRADIENTS);
  });
}

for (const batchSize of [1, 3, 5, 7, 8, 16, 32, 50]) {
  test(`blocks: a batch of ${batchSize}`, async () => {
    const layers = `${CONV}  - conv2d: { filters: 32, kernelSize: 3, padding: same, activation: relu }\n  - maxPool2d: 2\n${TAIL}`;
    await assertSame(graphOf(layers, '[14, 14, 3]'), { ...GRADIENTS, batchSize, count: batchSize });
  });
}

test('blocks: a first layer with strides whose cells make blocks', async () => {
  const layers = `  - conv2d: { filters: 16, kernelSize: 11, strides: 4, activation: relu }\n${TAIL}`;
  await assertSame(graphOf(layers, '[31, 31, 3]'), GRADIENTS);
  const five = `  - conv2d: { filters: 16, kernelSize: 7, strides: 3, padding: same, activation: relu }\n${TAIL}`;
  await assertSame(graphOf(five, '[31, 31, 3]'), GRADIENTS);
  const two = `  - conv2d: { filters: 32, kernelSize: 7, strides: 2, padding: same, activation: relu }\n${TAIL}`;
  await assertSame(graphOf(two, '[31, 31, 3]'), GRADIENTS);
});

test('blocks: small weights that together fill whole blocks', async () => {
  const layers = `  - conv2d: { filters: 16, kernelSize: [8, 19] }
  - conv2d: { filters: 64, kernelSize: 1 }
  - globalAvgPool2d
  - dense: { units: classes, activation: softmax }
`;
  // The kernels, to which alone weight decay applies: 2432 + 1024 + 640 = 4096 values.
  const decaying = { ...GRADIENTS, optimizer: optimizer('sgd', { weightDecay: 0.1 }) };
  await assertSame(graphOf(layers, '[28, 28, 1]', 10), decaying);
});

test('blocks: wide maps, whose gradients are taken in tiles', async () => {
  const layers = `${CONV}  - conv2d: { filters: 64, kernelSize: 3, padding: same, activation: relu }\n  - maxPool2d: 2\n${TAIL}`;
  await assertSame(graphOf(layers, '[130, 114, 3]'), { ...GRADIENTS, batchSize: 2, count: 2 });
});

/** A dense layer of 294,912 weights, which are updated as a map in blocks. */
const LARGE = `${CONV}  - flatten\n  - dense: { units: 128, activation: relu }\n  - dense: { units: classes, activation: softmax }\n`;

for (const settings of [
  {},
  { weightDecay: 0.1 },
  { momentum: 0.9 },
  { momentum: 0.9, nesterov: true, weightDecay: 0.1 },
]) {
  for (const learningRate of [0.05, 0]) {
    test(`blocks: SGD of large weights, ${JSON.stringify(settings)}, rate ${learningRate}`, async () => {
      const options = { ...GRADIENTS, optimizer: optimizer('sgd', settings), learningRate, steps: 3 };
      await assertSame(graphOf(LARGE, '[14, 14, 3]'), options);
    });
  }
}

/** A dense layer of 2304 rows whose kernel is updated in parts: as maps in blocks; of rows that fill no block. */
const IN_PARTS = [1280, 999].map((units) => LARGE.replace('units: 128', `units: ${units}`));

for (const [what, layers] of [
  ['large weights', LARGE],
  ['weights in parts', IN_PARTS[0]!],
  ['weights in parts that fill no block', IN_PARTS[1]!],
] as const) {
  for (const [name, settings] of [
    ['sgd', { momentum: 0.9, weightDecay: 0.1 }],
    ['rmsprop', {}],
    ['adam', { weightDecay: 0.1 }],
  ] as const) {
    test(`blocks: ${name} of ${what}`, async () => {
      const graph = graphOf(layers, '[14, 14, 3]');
      const options = { ...GRADIENTS, optimizer: optimizer(name, settings), learningRate: 1e-3, steps: 2 };
      const [expected, actual] = [
        await outcome(portable, graph, options),
        await outcome(blocked, graph, options),
      ];
      assertTensorsClose(actual.state.slots, expected.state.slots, 1e-4, 'slot', relativeDistance);
      // A gradient that is rounding error moves a weight in full: see `assertParity`.
      assertTensorsClose(actual.state.weights, expected.state.weights, 1e-3, 'weight', relativeDistance);
    });
  }
}

const ZOO: Record<string, readonly [number, number, number]> = {
  'mnist-basic': [28, 28, 1],
  'fashion-cnn': [28, 28, 1],
  alexnet: [67, 67, 3],
  vgg11: [32, 32, 3],
  googlenet: [80, 80, 3],
  resnet18: [64, 64, 3],
};
for (const [name, input] of Object.entries(ZOO)) {
  const options = { ...GRADIENTS, batchSize: 4, count: 4 };
  test(`blocks: ${name}`, () => assertSame(zooGraph(name, input), options, { make: direct }));

  // Filtering rounds ten times as coarsely; where two values of a window are as good as equal, pooling takes the other.
  test(`blocks: ${name}, each convolution as it is fastest`, () =>
    assertSame(zooGraph(name, input), options, { tolerance: 1e-3 }));
}

test.run();
