import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sizeOf } from '../../src/base/tensor.js';
import type { Graph } from '../../src/models/graph/graph.js';
import {
  engines,
  graphOf,
  randomBatch,
  randomWeights,
  relativeDifference,
  zooGraph,
} from '../support/networks/parity.js';

/** Everything that the engine keeps otherwise than it is shown: joined padding, flattened maps, pooling before ReLU. */
const LAYERS = `
  - zeroPadding2d: 1
  - conv2d: { filters: 4, kernelSize: 3, activation: relu }
  - maxPool2d: 2
  - dropout: 0.4
  - inception: { filters: [2, 2, 3, 1, 2, 1] }
  - branches: { paths: [[{ conv2d: { filters: 8, kernelSize: 1, activation: tanh } }], []], join: add }
  - batchNorm
  - flatten
  - dropout: 0.2
  - dense: { units: 7, activation: sigmoid }
  - dense: { units: classes, activation: softmax }
`;

test('what a layer gives is the same on both engines, whichever layer is watched', () =>
  assertWatched(graphOf(LAYERS)));

test('so it is where activations and distances are layers of their own in TensorFlow.js', () =>
  assertWatched(zooGraph('lenet5-1998')));

async function assertWatched(graph: Graph): Promise<void> {
  const [weights, batch, batchSize] = [randomWeights(graph), () => randomBatch(graph, 3, 2), 3];
  const [onnx, tensorflow] = [await engines.onnx(), await engines.tensorflow()];
  try {
    for (const { name, outputShape } of graph.nodes) {
      const activations: Float32Array[] = [];
      for (const engine of [onnx, tensorflow]) {
        const program = await engine.inferenceProgram(graph, { batchSize, watch: name });
        await program.load(weights);
        const result = await program.run(batch());
        assert.is(result.probabilities.length, 2 * graph.classes);
        activations.push(result.activations!);
        await program.dispose();
      }
      assert.is(activations[0]!.length, 2 * sizeOf(outputShape), name);
      const difference = relativeDifference(activations[0]!, activations[1]!);
      assert.ok(difference < 1e-5, `${name} differs by ${difference}`);
    }
    const plain = await onnx.inferenceProgram(graph, { batchSize });
    await plain.load(weights);
    assert.is((await plain.run(batch())).activations, undefined);
  } finally {
    await onnx.dispose();
    await tensorflow.dispose();
  }
}

test.run();
