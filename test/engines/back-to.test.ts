import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.js';
import { sizeOf, type Tensor, type Tensors } from '../../src/base/tensor.js';
import type { Engine, GradientsInput, GradientsResult } from '../../src/engines/engine.js';
import {
  asLogits,
  type Graph,
  outputNode,
  weightsOf,
  withoutAuxiliaries,
} from '../../src/models/graph/graph.js';
import { byFormula } from '../support/networks/formula.js';
import { randomInput } from '../support/networks/layer-configurations.js';
import { SAMPLES } from '../support/networks/networks.js';
import {
  assertTensorsClose,
  engines,
  graphOf,
  randomWeights,
  relativeDifference,
  zooGraph,
} from '../support/networks/parity.js';

const BATCH = 2;

const GRAPHS: Readonly<Record<string, () => Graph>> = {
  ...SAMPLES,
  'distances to fixed centres': () => zooGraph('lenet5-1998'),
  'a matrix that is large enough to be fed': () =>
    graphOf(
      '  - conv2d: { filters: 4, kernelSize: 1, activation: relu }\n  - flatten\n  - dense: { units: 1000, activation: tanh }\n  - dense: { units: classes, activation: softmax }\n',
      '[16, 16, 1]',
    ),
};

async function gradients(
  engine: Engine,
  graph: Graph,
  backTo: string,
  weights: Tensors,
  given: GradientsInput,
): Promise<GradientsResult> {
  const program = await engine.gradientsProgram(graph, { batchSize: BATCH, backTo });
  try {
    await program.load(weights);
    return await program.run(given);
  } finally {
    await program.dispose();
  }
}

const imageOf = ({ shape, data }: Tensor, index: number): Tensor => {
  const size = data.length / shape[0]!;
  return { shape: shape.slice(1), data: data.subarray(index * size, (index + 1) * size) };
};

for (const [what, make] of Object.entries(GRAPHS)) {
  test(`back to any layer gradients are those of TensorFlow.js, all as in use: ${what}`, async () => {
    const graph = asLogits(withoutAuxiliaries(make()));
    const all = randomWeights(graph);
    const weights = new Map(weightsOf(graph).map(({ fullName }) => [fullName, all.get(fullName)!]));
    const random = randomStream(5, 'gradient');
    const output = outputNode(graph);
    const shape = [BATCH, ...output.outputShape];
    const gradient = { shape, data: new Float32Array(sizeOf(shape)).map(() => 2 * random.uniform() - 1) };
    const given = { input: randomInput(graph, BATCH, 3), gradient, masks: new Map() };
    const values = byFormula(graph, weights, imageOf(given.input, 1));
    const [onnx, tensorflow] = [await engines.onnx(), await engines.tensorflow()];
    try {
      for (const { name, outputShape } of graph.nodes) {
        const expected = await gradients(tensorflow, graph, name, weights, given);
        const actual = await gradients(onnx, graph, name, weights, given);
        assert.equal(actual.input.shape, [BATCH, ...outputShape]);
        assert.equal([...actual.outputs.keys()], [...new Set([name, output.name])]);
        assert.is(actual.weights.size, 0);
        assertTensorsClose(actual.outputs, expected.outputs, 1e-4, `back to ${name}: output`);
        const difference = relativeDifference(actual.input.data, expected.input.data);
        assert.ok(difference <= 1e-4, `back to ${name}: differs by ${difference}`);
        const byHand = relativeDifference(imageOf(actual.outputs.get(name)!, 1).data, values.get(name)!.data);
        assert.ok(byHand <= 1e-4, `${name} differs from its formula by ${byHand}`);
      }
    } finally {
      await onnx.dispose();
      await tensorflow.dispose();
    }
  });
}

test.run();
