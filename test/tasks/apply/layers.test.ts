import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import { placeOf, sizeOf, type Tensor, type Tensors } from '../../../src/base/tensor.js';
import type { Engine } from '../../../src/engines/engine.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { LAYERS } from '../../../src/models/layers/index.js';
import { type AppliedLayer, numbersOf } from '../../../src/tasks/apply/applied.js';
import { arithmeticAt } from '../../../src/tasks/apply/at.js';
import { assertClose, configurations, randomInput } from '../../support/networks/layer-configurations.js';
import { engines, randomWeights } from '../../support/networks/parity.js';

async function outputs(engine: Engine, graph: Graph, weights: Tensors, input: Tensor): Promise<Tensors> {
  const program = await engine.layersProgram(graph, input.shape[0]!);
  try {
    await program.load(weights);
    return await program.run({ shape: input.shape, data: input.data.slice() });
  } finally {
    await program.dispose();
  }
}

/** Some values of the last layer of one image: by its formula, and by its terms where they are summed or compared. */
function assertArithmetic(
  graph: Graph,
  weights: Tensors,
  input: Tensor,
  values: Tensors,
  seed: number,
): void {
  const layers = graph.nodes.map(
    (node): AppliedLayer => ({
      node,
      output: values.get(node.name)!,
      weights: new Map(node.weights.map(({ name }) => [name, weights.get(`${node.name}/${name}`)!])),
    }),
  );
  const applied = { name: 'test', input, isBatch: true, layers, origin: null };
  const { node, output } = layers.at(-1)!;
  const size = sizeOf(node.outputShape);
  const random = randomStream(seed, 'places');
  for (let i = 0; i < 12; i++) {
    const index = random.below(size);
    const place = placeOf(index, node.outputShape);
    const { value, rule, terms, text } = arithmeticAt(node, place, numbersOf(applied, layers.at(-1)!, 1));
    const shown = output.data[size + index]!;
    const scale = terms.reduce((sum, { input: x, weight }) => sum + Math.abs(x * weight), 0);
    const what = `${node.kind} ${JSON.stringify(node.params)} at ${place.join()}: ${text}`;
    assertClose(value, shown, Math.abs(shown), what);
    if (node.activation !== 'linear' || rule === 'formula') continue;
    const found =
      rule === 'sum'
        ? terms.reduce((sum, { input: x, weight }) => sum + x * weight, 0)
        : Math.max(...terms.map((term) => term.input));
    assertClose(found, shown, scale, `the terms of ${what}`);
  }
}

test('every kind of layer gives what TensorFlow.js gives, and every value is what its formula says', async () => {
  const [onnx, tensorflow] = [await engines.onnx(), await engines.tensorflow()];
  const kinds = new Map<string, number>();
  let seed = 0;
  for (const graph of configurations()) {
    const { kind, params, name } = graph.nodes.at(-1)!;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const [weights, input] = [randomWeights(graph, ++seed), randomInput(graph, 2, seed)];
    const expected = await outputs(tensorflow, graph, weights, input);
    const actual = await outputs(onnx, graph, weights, input);
    for (const node of graph.nodes) {
      const [a, b] = [actual.get(node.name)!, expected.get(node.name)!];
      assert.equal(a.shape, [2, ...node.outputShape]);
      const scale = b.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      a.data.forEach((value, i) => {
        assertClose(value, b.data[i]!, scale, `${name} ${kind} ${JSON.stringify(params)}`);
      });
    }
    assertArithmetic(graph, weights, input, actual, seed);
  }
  assert.equal([...kinds.keys()].sort(), Object.keys(LAYERS).sort());
  await onnx.dispose();
  await tensorflow.dispose();
});

test.run();
