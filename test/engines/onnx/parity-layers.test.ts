import { test } from 'uvu';
import { ACTIVATIONS } from '../../../src/recipe/activations.js';
import {
  assertParity,
  graphOf,
  optimizer,
  randomWeights,
  weightsFarOut,
} from '../../support/networks/parity.js';

/** Gradients as they are: with SGD at rate 1 the update is the gradient. */
const GRADIENTS = { batchSize: 5, count: 4, optimizer: optimizer('sgd'), learningRate: 1, steps: 1 };

const TAIL = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';
const CONV = '  - conv2d: { filters: 4, kernelSize: 3, activation: tanh }\n';

/** Layers between an input of 8x8x2 and the classifier; a convolution in front, so that input gradients matter. */
const CASES: Record<string, string> = {
  'conv2d valid': '  - conv2d: { filters: 5, kernelSize: 3 }\n',
  'conv2d same': '  - conv2d: { filters: 5, kernelSize: 3, padding: same }\n',
  'conv2d same, even kernel': '  - conv2d: { filters: 5, kernelSize: [2, 4], padding: same }\n',
  'conv2d of many filters, same, even kernel':
    '  - conv2d: { filters: 40, kernelSize: [4, 6], padding: same }\n',
  'conv2d with padding as a number': '  - conv2d: { filters: 5, kernelSize: 3, padding: 2 }\n',
  'conv2d with more padding than kernel': '  - conv2d: { filters: 3, kernelSize: 2, padding: 3 }\n',
  'conv2d as large as its map': '  - conv2d: { filters: 5, kernelSize: 6, activation: tanh }\n',
  'conv2d with strides as large as its map':
    '  - conv2d: { filters: 5, kernelSize: 6, strides: 2, useBias: false }\n',
  'conv2d 1x1': '  - conv2d: { filters: 5, kernelSize: 1 }\n',
  'conv2d with strides': '  - conv2d: { filters: 5, kernelSize: 3, strides: 2 }\n',
  'conv2d with strides, same': '  - conv2d: { filters: 5, kernelSize: 3, strides: 2, padding: same }\n',
  'conv2d with uneven strides': '  - conv2d: { filters: 5, kernelSize: [2, 3], strides: [1, 2] }\n',
  'conv2d 1x1 with strides': '  - conv2d: { filters: 5, kernelSize: 1, strides: 2 }\n',
  'conv2d without bias': '  - conv2d: { filters: 5, kernelSize: 3, useBias: false }\n',
  'conv2d relu': '  - conv2d: { filters: 5, kernelSize: 3, activation: relu }\n',
  'conv2d sigmoid': '  - conv2d: { filters: 5, kernelSize: 3, activation: sigmoid }\n',
  'conv2d scaledTanh': '  - conv2d: { filters: 5, kernelSize: 3, activation: scaledTanh }\n',
  'conv2d softmax over channels': '  - conv2d: { filters: 5, kernelSize: 3, activation: softmax }\n',
  'relu before max pooling':
    '  - conv2d: { filters: 5, kernelSize: 3, activation: relu }\n  - maxPool2d: 2\n',
  maxPool2d: '  - maxPool2d: 2\n',
  'maxPool2d, overlapping': '  - maxPool2d: { poolSize: 3, strides: 2 }\n',
  'maxPool2d, overlapping, same': '  - maxPool2d: { poolSize: 3, strides: 2, padding: same }\n',
  'maxPool2d, overlapping, stride 1': '  - maxPool2d: { poolSize: 3, strides: 1, padding: same }\n',
  'maxPool2d with rows left over': '  - maxPool2d: { poolSize: 4 }\n',
  'maxPool2d with gaps': '  - maxPool2d: { poolSize: 1, strides: 2 }\n',
  'maxPool2d, rounded up': '  - maxPool2d: { poolSize: 3, strides: 2, rounding: ceil }\n',
  'maxPool2d, rounded up, padding as a number':
    '  - maxPool2d: { poolSize: [2, 3], strides: 3, padding: 1, rounding: ceil }\n',
  'maxPool2d with padding as a number': '  - maxPool2d: { poolSize: 3, strides: 2, padding: 1 }\n',
  avgPool2d: '  - avgPool2d: 2\n',
  'avgPool2d, overlapping': '  - avgPool2d: { poolSize: 3, strides: 2 }\n',
  'avgPool2d, overlapping, same': '  - avgPool2d: { poolSize: 3, strides: 2, padding: same }\n',
  'avgPool2d with rows left over': '  - avgPool2d: { poolSize: [4, 3] }\n',
  'avgPool2d with padding as a number': '  - avgPool2d: { poolSize: 3, strides: 2, padding: 1 }\n',
  zeroPadding2d: '  - zeroPadding2d: [[1, 2], [0, 3]]\n',
  'zeroPadding2d before conv2d':
    '  - zeroPadding2d: [[1, 2], [0, 3]]\n  - conv2d: { filters: 3, kernelSize: 3 }\n',
  'zeroPadding2d before max pooling': '  - zeroPadding2d: 1\n  - maxPool2d: 2\n',
  'constantPadding2d before conv2d':
    '  - constantPadding2d: { padding: [[1, 2], [0, 3]], value: -0.7 }\n  - conv2d: { filters: 3, kernelSize: 3 }\n',
  partialConv2d:
    '  - partialConv2d: { connections: [[0, 2], [3], [1, 2, 3], [0, 1, 2, 3]], kernelSize: 3 }\n',
  'partialConv2d with settings':
    '  - partialConv2d: { connections: [[3, 0], [1]], kernelSize: [2, 3], strides: [2, 1], padding: same, useBias: false, activation: scaledTanh }\n',
  'partialConv2d with padding as a number':
    '  - partialConv2d: { connections: [[2, 1], [3], [0, 1]], kernelSize: 2, padding: 3, activation: relu }\n',
  'partialConv2d with one filter': '  - partialConv2d: { connections: [[0, 2]], kernelSize: 3 }\n',
  'partialConv2d of one channel':
    '  - conv2d: { filters: 1, kernelSize: 1 }\n  - partialConv2d: { connections: [[0], [0]], kernelSize: 3 }\n',
  subsampling2d: '  - subsampling2d: 2\n',
  'subsampling2d with settings':
    '  - subsampling2d: { poolSize: 3, strides: 2, padding: same, activation: scaledTanh }\n',
  'rbf in the middle':
    '  - flatten\n  - dense: 5\n  - rbf: { units: 7, centres: random, activation: sigmoid }\n',
  'rbf after rbf, and batchNorm':
    '  - batchNorm\n  - flatten\n  - dense: 5\n  - rbf: { units: 6, centres: random }\n  - rbf: { units: 4, centres: random }\n',
  'rbf of a flattened map':
    '  - conv2d: { filters: 3, kernelSize: 5 }\n  - flatten\n  - rbf: { units: 4, centres: random, activation: softmin }\n',
  'activation as a layer': '  - activation: relu\n',
  'dropout on a map': '  - dropout: 0.4\n',
  'flatten of a vector': '  - flatten\n  - flatten\n',
  'dense in the middle':
    '  - flatten\n  - dense: { units: 7, activation: sigmoid }\n  - dense: { units: 5, activation: relu }\n',
  'softmax in the middle': '  - flatten\n  - dense: { units: 7, activation: softmax }\n',
  'softmin in the middle': '  - flatten\n  - dense: { units: 7, activation: softmin }\n',
  'dense without bias': '  - flatten\n  - dense: { units: 7, useBias: false }\n',
  'dropout after flatten':
    '  - flatten\n  - dropout: 0.3\n  - dense: { units: 6, activation: tanh }\n  - dropout: 0.5\n',
  globalAvgPool2d: '  - conv2d: { filters: 3, kernelSize: 3 }\n  - globalAvgPool2d\n',
  depthMaxPool: '  - depthMaxPool: 2\n',
  'depthMaxPool, overlapping': '  - depthMaxPool: { poolSize: 3, strides: 1 }\n',
  'lrn with strong weights': '  - lrn: { depthRadius: 1, alpha: 0.5, beta: 0.75, bias: 1 }\n',
  'lrn with another exponent': '  - lrn: { depthRadius: 2, alpha: 0.3, beta: 0.6, bias: 2 }\n',
  batchNorm: '  - batchNorm\n',
  'batchNorm with settings': '  - batchNorm: { epsilon: 0.01, momentum: 0.8 }\n',
  'batchNorm of a vector': '  - flatten\n  - dense: 6\n  - batchNorm\n  - activation: relu\n',
  'add and concatenate': `  - conv2d: { name: a, filters: 3, kernelSize: 3, padding: same }
  - conv2d: { name: b, from: a, filters: 3, kernelSize: 3, padding: same, activation: relu }
  - add: { name: sum, from: [a, b] }
  - conv2d: { name: c, from: a, filters: 2, kernelSize: 1 }
  - concatenate: { from: [sum, c, b] }
`,
  'concatenate of vectors': `  - maxPool2d: { name: p }
  - flatten: { name: f }
  - globalAvgPool2d: { name: g, from: p }
  - concatenate: { from: [f, g] }
`,
  'branches that add': '  - branches: { join: add, paths: [[conv2d: { filters: 4, kernelSize: 1 }], []] }\n',
  inception: '  - inception: { name: inc, filters: [2, 3, 4, 1, 2, 3] }\n',
  residual: '  - residual: { filters: 4 }\n  - residual: { filters: 6, strides: 2 }\n',
  'residual bottleneck': '  - residual: { name: block, filters: 2, bottleneck: true, projection: true }\n',
  auxiliary: `  - auxiliary:
      weight: 0.3
      layers: [avgPool2d: 2, flatten, dense: { units: 5, activation: relu }, dense: { units: classes, activation: softmax }]
  - conv2d: { filters: 3, kernelSize: 3, activation: relu }
`,
};

for (const [name, layers] of Object.entries(CASES)) {
  const tail = /^ {2}- (flatten|global)/m.test(layers) ? TAIL.replace('  - flatten\n', '') : TAIL;
  const graph = graphOf(CONV + layers + tail);
  test(`gradients of ${name}`, () => assertParity(graph, GRADIENTS, /^lrn/.test(name) ? 1e-5 : 1e-4));
  // Convolutions and average pooling are formulated in another way for few images.
  if (/^conv2d|^avgPool/.test(name)) {
    test(`gradients of ${name}, of more images`, () =>
      assertParity(graph, { ...GRADIENTS, batchSize: 20, count: 18 }));
  }
}

/** Layers whose sums become so large that a careless formula for their activation overflows. */
const FAR_OUT: Record<string, string> = {
  ...Object.fromEntries(
    ACTIVATIONS.map((name) => [`conv2d ${name}`, `${CONV.replace('tanh', name)}  - maxPool2d: 2\n`]),
  ),
  'partialConv2d scaledTanh':
    '  - partialConv2d: { connections: [[0, 1], [1]], kernelSize: 3, activation: scaledTanh }\n',
  'conv2d, batchNorm, tanh':
    '  - conv2d: { filters: 4, kernelSize: 3 }\n  - batchNorm\n  - activation: tanh\n',
  'subsampling2d tanh': '  - subsampling2d: { poolSize: 2, activation: tanh }\n',
  'residual, tanh': '  - residual: { filters: 4, projection: true }\n  - activation: tanh\n',
  'conv2d, flatten, tanh': '  - conv2d: { filters: 4, kernelSize: 3 }\n  - flatten\n  - activation: tanh\n',
  'dense tanh': '  - flatten\n  - dense: { units: 6, activation: tanh }\n',
};

for (const [name, layers] of Object.entries(FAR_OUT)) {
  const tail = layers.includes('flatten') ? TAIL.replace('  - flatten\n', '') : TAIL;
  const graph = graphOf(layers + tail);
  test(`values far out: ${name}`, () =>
    assertParity(graph, { ...GRADIENTS, learningRate: 0.001, weights: weightsFarOut(graph) }));
}

test('gradients of a layer that two others read', async () => {
  const layers = `${CONV}  - activation: { name: a, function: relu }\n  - conv2d: { name: b, from: a, filters: 4, kernelSize: 3 }\n${TAIL}`;
  await assertParity(graphOf(layers), GRADIENTS);
});

test('pixels scaled to a range of their own, and by mean and deviation', async () => {
  for (const pixels of ['{ range: [-0.1, 1.175] }', '{ mean: [0.5, 0.25], std: [0.2, 0.3] }']) {
    const graph = graphOf(`${CONV}${TAIL}pixels: ${pixels}\n`);
    await assertParity(graph, GRADIENTS);
  }
});

test('further classifiers on the logits of the output', async () => {
  const aux = (weight: number) => `  - auxiliary: { weight: ${weight}, layers: [activation: softmax] }\n`;
  const layers = `${CONV}  - flatten\n  - dense: classes\n${aux(0.3)}${aux(0.2)}  - activation: softmax\n`;
  await assertParity(graphOf(layers), GRADIENTS);
});

test('of equal logits the first is what an image is taken for', async () => {
  const layers =
    '  - flatten\n  - dense: { units: classes, activation: relu }\n  - dense: { units: classes, kernelInitializer: zeros, useBias: false, activation: softmax }\n';
  const graph = graphOf(layers);
  const zero = { ...GRADIENTS, weights: new Map(randomWeights(graph)) };
  zero.weights.set('dense_2/kernel', { shape: [3, 3], data: new Float32Array(9) });
  await assertParity(graph, zero);
});

test('label smoothing', () => assertParity(graphOf(CONV + TAIL), { ...GRADIENTS, labelSmoothing: 0.2 }));

/** With logits below, among and above the rubbish class's. */
for (const j of [0, 1, 3]) {
  test(`maximum a posteriori with j = ${j}, of softmax and softmin`, async () => {
    for (const head of ['softmax', 'softmin']) {
      const layers = `${CONV}  - flatten\n  - dense: { units: classes, activation: ${head} }\n`;
      const graph = graphOf(layers, '[8, 8, 2]', 3, `{ name: maximumAPosteriori, j: ${j} }`);
      await assertParity(graph, { ...GRADIENTS, labelSmoothing: j === 3 ? 0.2 : 0 });
    }
  });
}

const RECIPES = {
  'sgd with momentum': optimizer('sgd', { momentum: 0.9 }),
  'sgd with Nesterov momentum and weight decay': optimizer('sgd', {
    momentum: 0.9,
    nesterov: true,
    weightDecay: 0.01,
  }),
  rmsprop: optimizer('rmsprop'),
  adam: optimizer('adam'),
};

for (const [name, recipe] of Object.entries(RECIPES)) {
  const graph = graphOf(`${CONV}  - maxPool2d: 2\n${TAIL}`);
  const options = { batchSize: 4, optimizer: recipe, learningRate: 0.01 };
  test(`${name}: one step`, () => assertParity(graph, { ...options, steps: 1 }));
  test(`${name}: twenty steps`, () => assertParity(graph, { ...options, steps: 20 }));
}

test.run();
