import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyOf, type Tensors } from '../../../src/base/tensor.js';
import { probeAbilities } from '../../../src/engines/onnx/abilities.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { inPlaceGraph } from '../../../src/engines/onnx/programs/carriers/in-place.js';
import { trainingStepOf } from '../../../src/engines/onnx/programs/training-step.js';
import { DataFlow } from '../../../src/engines/onnx/write/data-flow.js';
import { GraphWriter } from '../../../src/engines/onnx/write/writer.js';
import { graphOf, optimizer, randomBatch, randomWeights } from '../../support/networks/parity.js';

const GRAPH = graphOf('  - flatten\n  - dense: { units: classes, activation: softmax }\n', '[4, 4, 1]');
const OPTIONS = { batchSize: 3, optimizer: optimizer('sgd', { momentum: 0.9 }) };

const valuesOf = (tensors: Tensors) => [...tensors].map(([name, { data }]) => [name, [...data]]);

test('this ONNX Runtime writes to memory of inputs, so that the other tests look at training in place', async () => {
  assert.is((await probeAbilities()).inPlace, true);
});

test('a large matrix is written in slices: in blocks where its rows fill them, the last slice the rest', () => {
  const slicesFor = (units: number) => {
    const graph = graphOf(
      `  - conv2d: { filters: 16, kernelSize: 3 }\n  - flatten\n  - dense: { units: ${units} }\n  - dense: { units: classes, activation: softmax }\n`,
      '[14, 14, 3]',
    );
    const step = trainingStepOf(graph, { ...OPTIONS, batchSize: 20 }, { channelBlock: 16 });
    return [...inPlaceGraph(step).sliced.values()];
  };
  // 816, 816 and 672 of 2304 rows.
  const inBlocks = [255, 255, 210].map((rows) => [1, 16, rows, 256]);
  assert.equal(slicesFor(1280), [inBlocks, inBlocks]);
  const flat = [1050, 1050, 204].map((rows) => [rows * 999]);
  assert.equal(slicesFor(999), [flat, flat]);
  assert.equal(slicesFor(128), []);
});

test('neither the weights that a program was given nor those it gave away change any more', async () => {
  const engine = await createOnnxEngine({ device: 'cpu' });
  const program = await engine.trainingProgram(GRAPH, OPTIONS);
  const given = randomWeights(GRAPH);
  const before = copyOf(given);
  const train = () => program.train([randomBatch(GRAPH, 3, 3)], [0.1]);
  await program.load({ weights: given, slots: new Map(), step: 0 });
  await train();
  const { weights } = await program.save();
  const saved = copyOf(weights);
  await train();
  assert.equal(valuesOf(given), valuesOf(before));
  assert.equal(valuesOf(weights), valuesOf(saved));
  assert.not.equal(valuesOf((await program.save()).weights), valuesOf(saved));
  await program.dispose();
});

test('after a step that failed there is nothing to save', async () => {
  const engine = await createOnnxEngine({ device: 'cpu' });
  const program = await engine.trainingProgram(GRAPH, OPTIONS);
  await program.load({ weights: randomWeights(GRAPH), slots: new Map(), step: 0 });
  await program.dispose();
  const messages: string[] = [];
  for (const act of [() => program.train([randomBatch(GRAPH, 3, 3)], [0.1]), () => program.save()]) {
    await act().catch((error: Error) => messages.push(error.message));
  }
  assert.match(messages[0]!, /^A step failed: /);
  assert.match(messages[1]!, /^The step that failed has left weights half changed: /);
});

test('the readers of a tensor are those that compute something of it', () => {
  const g = new GraphWriter();
  const w = g.input('w', [2, 3]);
  const turned = g.transpose(w, [1, 0]);
  const product = g.gemm(turned, w);
  const other = g.add(product, product);
  const nodes = g.written();
  const flow = new DataFlow(nodes);
  assert.equal(
    [...new Set(flow.readers('w'))].map((at) => nodes[at]!.opType),
    ['Gemm'],
  );
  assert.is(flow.producer(other.name)!.opType, 'Add');
  assert.equal([...flow.neededFor([product.name])], [1, 1, 0]);
  assert.equal([...flow.neededFor([other.name])], [1, 1, 1]);
});

test.run();
