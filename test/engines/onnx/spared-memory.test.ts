import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InPlaceProgram, inPlaceGraph } from '../../../src/engines/onnx/programs/carriers/in-place.js';
import { type TrainingStep, trainingStepOf } from '../../../src/engines/onnx/programs/training-step.js';
import { GraphWriter } from '../../../src/engines/onnx/write/writer.js';
import { runCli } from '../../support/cli.js';
import { graphOf, optimizer, randomBatch, randomWeights } from '../../support/networks/parity.js';

/** Maps of 1.3 million values and more, overlapping pooling behind batch normalization, and a convolution to be filtered. */
const GRAPH = graphOf(
  `  - conv2d: { filters: 16, kernelSize: 3, padding: same, useBias: false }
  - batchNorm
  - maxPool2d: { poolSize: 3, strides: 2, padding: same }
  - conv2d: { filters: 16, kernelSize: 3, padding: same }
  - batchNorm
  - activation: relu
  - conv2d: { filters: 16, kernelSize: 3, strides: 2, padding: same, activation: relu }
  - globalAvgPool2d
  - dense: { units: classes, activation: softmax }
`,
  '[144, 144, 3]',
);
const OPTIONS = { batchSize: 16, optimizer: optimizer('sgd', { momentum: 0.9 }) };
const STEP = trainingStepOf(GRAPH, OPTIONS, { channelBlock: 16, formulation: 'winograd-4x4' });

async function trained(step: TrainingStep): Promise<unknown> {
  const settings = { provider: 'cpu', threads: 2 } as const;
  const program = await InPlaceProgram.start({ step, options: OPTIONS, settings, begin: 0 });
  await program.load({ weights: randomWeights(GRAPH), slots: new Map(), step: 0 });
  const results = await program.train([randomBatch(GRAPH, 16, 16), randomBatch(GRAPH, 16, 11)], [0.1, 0.1]);
  const { weights, slots } = await program.save();
  await program.dispose();
  return [results, ...[...weights, ...slots].map(([name, { data }]) => [name, [...data]])];
}

test('a step that spares memory computes the same bits', async () => {
  assert.is(STEP.sparesMemory, false);
  const spared = { ...STEP, sparesMemory: true };
  assert.not.equal(inPlaceGraph(spared).model.length, inPlaceGraph(STEP).model.length);
  assert.equal(await trained(spared), await trained(STEP));
});

test('a light tensor is computed once more where memory is spared, once for all its readers, and no other', () => {
  const g = new GraphWriter();
  const x = g.input('x', [1300, 1000]);
  const [light, other] = [g.light(g.unary('Relu', x)), g.unary('Tanh', x)];
  assert.is(g.again(light), light);
  g.spareMemory(g.input('number', [1], 'int32'));
  const again = g.again(light);
  assert.is.not(again.name, light.name);
  assert.equal(again.dims, light.dims);
  assert.is(g.again(g.reshape(light, [1000, 1300])).dims[0], 1000);
  assert.is(g.again(other), other);
  const few = g.light(g.unary('Relu', g.input('few', [10])));
  assert.is(g.again(few), few);
  assert.is(g.written().filter(({ opType }) => opType === 'Relu').length, 3);
});

test('a training step of resnet18 with 16 images takes less than 0.95 GB', () => {
  const { stdout, stderr } = runCli([
    'bench',
    'resnet18',
    '--batch-size',
    '16',
    '--seconds',
    '0.1',
    '--json',
  ]);
  const [row] = JSON.parse(stdout || `"${stderr}"`);
  assert.ok(row.peakMemoryBytes < 0.95e9, `${row.peakMemoryBytes} bytes`);
});

test.run();
