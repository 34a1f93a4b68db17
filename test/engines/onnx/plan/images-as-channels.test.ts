import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch, Engine, InferenceOptions, InferenceResult } from '../../../../src/engines/engine.js';
import { imagesAsChannels } from '../../../../src/engines/onnx/plan/images-as-channels.js';
import { planInference } from '../../../../src/engines/onnx/plan/plan.js';
import { traceGraph } from '../../../../src/engines/onnx/plan/trace.js';
import type { Graph } from '../../../../src/models/graph/graph.js';
import {
  engines,
  graphOf,
  randomBatch,
  randomWeights,
  relativeDifference,
  zooGraph,
} from '../../../support/networks/parity.js';

const TAIL = '  - flatten\n  - dense: { units: classes, activation: softmax }\n';

/** Layers on an input of 9x9x2, and how many of six images lie together in each operation. */
const CASES: Record<string, readonly [string, readonly number[]]> = {
  'tanh and average pooling behind it': [
    '  - conv2d: { filters: 6, kernelSize: 3, activation: tanh }\n  - avgPool2d: 2\n',
    [2, 2, 2, 1, 1],
  ],
  'three and three': [
    '  - conv2d: { filters: 5, kernelSize: 3, padding: same }\n  - maxPool2d: { poolSize: 3, strides: 2, padding: same }\n',
    [3, 3, 1, 1],
  ],
  'six, without bias': [
    '  - conv2d: { filters: 2, kernelSize: [2, 3], strides: 2, useBias: false, activation: sigmoid }\n',
    [6, 6, 1, 1],
  ],
  'a convolution that reads another one': [
    '  - conv2d: { filters: 4, kernelSize: 3, activation: relu }\n  - conv2d: { filters: 4, kernelSize: 3, activation: relu }\n',
    [3, 3, 1, 1, 1, 1],
  ],
  'two readers': [
    '  - conv2d: { name: a, filters: 4, kernelSize: 3, padding: same, activation: relu }\n  - conv2d: { name: b, filters: 4, kernelSize: 1, activation: tanh }\n  - add: { from: [a, b] }\n  - maxPool2d: 2\n',
    [3, 3, 1, 1, 1, 1, 1, 1],
  ],
  'what runs over the channels': [
    '  - conv2d: { filters: 4, kernelSize: 3, activation: softmax }\n  - avgPool2d: 2\n',
    [1, 1, 1, 1, 1],
  ],
  'as many filters as half a block and more': [
    '  - conv2d: { filters: 9, kernelSize: 3, activation: relu }\n',
    [1, 1, 1, 1],
  ],
};

/** How many images each operation of a planned inference takes as one: so many times as a convolution's image has channels. */
function together(layers: string, batch: number): number[] {
  const trace = planInference(traceGraph(graphOf(layers + TAIL, '[9, 9, 2]')));
  const images = new Map<number, number>();
  return imagesAsChannels(trace, batch, 16).trace.operations.map(({ kind, inputs: [read], output }) => {
    const isImage = read!.id === trace.input.id;
    const own = isImage ? read!.shape[0]! / trace.input.shape[0]! : (images.get(read!.id) ?? 1);
    const isWide = kind === 'conv2d' ? isImage : output.shape[0] === 16;
    images.set(output.id, isWide ? own : 1);
    return images.get(output.id)!;
  });
}

async function inference(
  engine: Engine,
  graph: Graph,
  options: InferenceOptions,
  batch: Batch,
): Promise<InferenceResult> {
  const program = await engine.inferenceProgram(graph, options);
  await program.load(randomWeights(graph));
  const result = await program.run(batch);
  await program.dispose();
  return result;
}

for (const [name, [layers, expected]] of Object.entries(CASES)) {
  test(`${name}: what lies together`, () => {
    assert.equal(together(layers, 6), expected);
    // Eleven images cannot be shared out.
    assert.ok(together(layers, 11).every((images) => images === 1));
  });

  test(`${name}: the values of every layer are those of TensorFlow.js`, async () => {
    const graph = graphOf(layers + TAIL, '[9, 9, 2]');
    const [onnx, tensorflow] = [await engines.onnx(), await engines.tensorflow()];
    for (const { name: watch } of graph.nodes) {
      for (const batchSize of [6, 4]) {
        // The last image fills up.
        const batch = randomBatch(graph, batchSize, batchSize - 1, 3);
        const [ours, theirs] = [
          await inference(onnx, graph, { batchSize, watch }, batch),
          await inference(tensorflow, graph, { batchSize, watch }, batch),
        ];
        for (const key of ['activations', 'probabilities'] as const) {
          const difference = relativeDifference(ours[key]!, theirs[key]!);
          assert.ok(difference <= 2e-6, `${watch}, ${key}, batch of ${batchSize}: ${difference}`);
        }
      }
    }
    await Promise.all([onnx.dispose(), tensorflow.dispose()]);
  });
}

test('what is infinite in one image is not so in those beside it', async () => {
  const layers = '  - conv2d: { filters: 4, kernelSize: 3, activation: relu }\n'.repeat(2);
  const graph = graphOf(layers + TAIL, '[9, 9, 2]');
  const engine = await engines.onnx();
  const program = await engine.inferenceProgram(graph, { batchSize: 6 });
  const huge = [...randomWeights(graph)].map(([name, { shape, data }]) => {
    const to = name === 'conv2d_1/kernel' ? 3e38 : name.endsWith('bias') ? 0 : null;
    return [name, { shape, data: to === null ? data : data.map(() => to) }] as const;
  });
  await program.load(new Map(huge));
  const batch = randomBatch(graph, 6, 6, 3);
  // An image of zeros stays one behind a convolution without biases.
  batch.pixels.fill(0, 0, 162);
  const { probabilities } = await program.run(batch);
  await program.dispose();
  await engine.dispose();
  assert.equal([...probabilities.subarray(0, 3)], [1 / 3, 1 / 3, 1 / 3].map(Math.fround));
  assert.ok([...probabilities.subarray(3)].some(Number.isNaN));
});

test('lenet5 takes two images as one up to its second convolution', () => {
  const trace = planInference(traceGraph(zooGraph('lenet5')));
  const { operations } = imagesAsChannels(trace, 64, 16).trace;
  assert.equal(
    operations.slice(0, 4).map(({ kind, output }) => `${kind} ${output.shape.join('x')}`),
    ['conv2d 16x28x28', 'activation 16x28x28', 'averagePool2d 16x14x14', 'conv2d 16x10x10'],
  );
});

test.run();
