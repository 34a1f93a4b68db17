import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/models/graph/graph.js';
import {
  assertParity,
  assertTensorsClose,
  graphOf,
  onnxEngine,
  optimizer,
  outcome,
  type ParityOptions,
  relativeDifference,
} from '../../support/networks/parity.js';

/** Gradients as they are: with SGD at rate 1 the update is the gradient. */
const GRADIENTS = { batchSize: 16, count: 15, optimizer: optimizer('sgd'), learningRate: 1, steps: 1 };

const TAIL = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';
const conv = (settings: string) => `  - conv2d: { kernelSize: 3, ${settings} }\n`;
const FIRST = conv('filters: 16, padding: same, activation: tanh');

async function assertSameAsDirect(
  graph: Graph,
  options: ParityOptions,
  form: 'winograd-2x2' | 'winograd-4x4',
) {
  const tolerance = 1e-4;
  const expected = await outcome(() => onnxEngine({ device: 'cpu', blocks: false }), graph, options);
  const actual = await outcome(() => onnxEngine({ device: 'cpu', formulation: form }), graph, options);
  assert.ok(Math.abs(actual.losses[0]! / expected.losses[0]! - 1) < tolerance, 'loss');
  assert.equal(actual.correct, expected.correct);
  assertTensorsClose(actual.state.weights, expected.state.weights, tolerance, 'weight');
  assert.ok(relativeDifference(actual.probabilities, expected.probabilities) <= tolerance, 'outputs');
}

/** Behind a convolution of 16 filters. */
const CASES: Record<string, { layers: string; input?: string; batchSize?: number }> = {
  same: { layers: conv('filters: 32, padding: same, activation: relu') },
  'valid, without bias': { layers: conv('filters: 32, useBias: false') },
  tanh: { layers: conv('filters: 16, padding: same, activation: tanh') },
  'padding as a number': { layers: conv('filters: 16, padding: 2, activation: sigmoid') },
  'uneven padding': { layers: `  - zeroPadding2d: [[0, 1], [1, 2]]\n${conv('filters: 16')}` },
  'a map that is no multiple of a tile': {
    layers: conv('filters: 32, padding: same'),
    input: '[13, 7, 3]',
  },
  'a map smaller than a tile': { layers: conv('filters: 16, padding: same'), input: '[3, 5, 3]' },
  'filters that fill no block': { layers: conv('filters: 24, padding: same, activation: relu') },
  'two groups of images': { layers: conv('filters: 32, padding: same, activation: relu'), batchSize: 32 },
  'blocks of few images': { layers: conv('filters: 32, padding: same, activation: relu'), batchSize: 20 },
  'a gradient of several readers': {
    layers: '  - residual: { filters: 16 }\n  - residual: { filters: 32, strides: 2 }\n',
  },
  inception: { layers: '  - inception: { name: inc, filters: [16, 16, 32, 4, 16, 32] }\n' },
};

for (const form of ['winograd-2x2', 'winograd-4x4'] as const)
  for (const [name, { layers, input = '[12, 12, 3]', batchSize = 16 }] of Object.entries(CASES))
    test(`${form}: ${name}`, () => {
      const graph = graphOf(FIRST + layers + TAIL, input);
      return assertSameAsDirect(graph, { ...GRADIENTS, batchSize, count: batchSize - 1 }, form);
    });

for (const form of ['winograd-2x2', 'winograd-4x4'] as const)
  test(`${form}: as TensorFlow.js computes it`, () => {
    const layers = conv('filters: 32, padding: same, activation: relu') + conv('filters: 32');
    const make = () => onnxEngine({ device: 'cpu', formulation: form });
    return assertParity(graphOf(FIRST + layers + TAIL, '[9, 10, 3]'), GRADIENTS, 1e-4, make);
  });

test.run();
