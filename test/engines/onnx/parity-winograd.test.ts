import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Filtering } from '../../../src/engines/formulation.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import {
  assertParity,
  assertTensorsClose,
  graphOf,
  onnxEngine,
  optimizer,
  outcome,
  type ParityOptions,
  randomBatch,
  randomWeights,
  relativeDifference,
} from '../../support/networks/parity.js';

/** Gradients as they are: with SGD at rate 1 the update is the gradient. */
const GRADIENTS = { batchSize: 16, count: 15, optimizer: optimizer('sgd'), learningRate: 1, steps: 1 };

const FORMS: readonly Filtering[] = ['winograd-2x2', 'winograd-4x4', 'winograd-5x5'];

const TAIL = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';
const conv = (settings: string) => `  - conv2d: { kernelSize: 3, ${settings} }\n`;
const FIRST = conv('filters: 16, padding: same, activation: tanh');

async function assertSameAsDirect(graph: Graph, options: ParityOptions, form: Filtering) {
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
  'tiles in pieces, transformed again for the way back': {
    layers: conv('filters: 32, padding: same, activation: relu') + conv('filters: 16, padding: same'),
    input: '[62, 66, 3]',
  },
  inception: { layers: '  - inception: { name: inc, filters: [16, 16, 32, 4, 16, 32] }\n' },
};

for (const form of FORMS)
  for (const [name, { layers, input = '[12, 12, 3]', batchSize = 16 }] of Object.entries(CASES))
    test(`${form}: ${name}`, () => {
      const graph = graphOf(FIRST + layers + TAIL, input);
      return assertSameAsDirect(graph, { ...GRADIENTS, batchSize, count: batchSize - 1 }, form);
    });

for (const form of FORMS)
  test(`${form}: as TensorFlow.js computes it`, () => {
    const layers = conv('filters: 32, padding: same, activation: relu') + conv('filters: 32');
    const make = () => onnxEngine({ device: 'cpu', formulation: form });
    return assertParity(graphOf(FIRST + layers + TAIL, '[9, 10, 3]'), GRADIENTS, 1e-4, make);
  });

/** A 3x3 convolution, same, of maps [N, H, W, C] by a kernel [3, 3, C, F], in double precision. */
function convolved(
  x: Float32Array,
  kernel: Float32Array,
  [n, side, channels, filters]: readonly number[],
): Float64Array {
  const out = new Float64Array(n! * side! * side! * filters!);
  for (let place = 0; place < n! * side! * side!; place++) {
    const [row, column] = [Math.floor(place / side!) % side!, place % side!];
    for (let tap = 0; tap < 9; tap++) {
      const [y, z] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
      if (y < 0 || z < 0 || y >= side! || z >= side!) continue;
      const from = (place + (y - row) * side! + z - column) * channels!;
      for (let c = 0; c < channels!; c++) {
        const at = (tap * channels! + c) * filters!;
        for (let f = 0; f < filters!; f++) out[place * filters! + f]! += x[from + c]! * kernel[at + f]!;
      }
    }
  }
  return out;
}

/** Errors beside double precision, of the largest value: docs/performance.md has them. */
for (const [form, least, most] of [
  ['direct', 0, 2e-6],
  ['winograd-2x2', 0, 2e-6],
  // The direct form has a tenth of their errors: with less they would not be what was asked for.
  ['winograd-4x4', 1e-6, 3e-6],
  ['winograd-5x5', 1.2e-6, 8e-6],
] as const)
  test(`${form}: a convolution of 128 channels to 64 beside double precision`, async () => {
    const layers = `  - conv2d: { kernelSize: 1, filters: 128 }\n${conv('filters: 64, padding: same, useBias: false')}${TAIL}`;
    const graph = graphOf(layers, '[12, 12, 3]');
    const [size, weights] = [16, randomWeights(graph)];
    const engine = await onnxEngine({ device: 'cpu', formulation: form });
    const watched = async (name: string): Promise<Float32Array> => {
      const program = await engine.inferenceProgram(graph, { batchSize: size, watch: name });
      await program.load(weights);
      const { activations } = await program.run(randomBatch(graph, size, size, 0));
      await program.dispose();
      return activations!;
    };
    const [first, second] = graph.nodes.map(({ name }) => name) as [string, string];
    const expected = convolved(await watched(first), weights.get(`${second}/kernel`)!.data, [
      size,
      12,
      128,
      64,
    ]);
    const actual = await watched(second);
    await engine.dispose();
    let [error, largest] = [0, 0];
    expected.forEach((value, i) => {
      error = Math.max(error, Math.abs(actual[i]! - value));
      largest = Math.max(largest, Math.abs(value));
    });
    const relative = error / largest;
    assert.ok(relative > least && relative < most, `${relative}`);
  });

test.run();
