import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import type { Tensors } from '../../../src/base/tensor.js';
import type { Batch, ProgramState, TrainingProgram } from '../../../src/engines/engine.js';
import { loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import {
  engine,
  firstImages,
  gradientSettings,
  gradientsOf,
  optimizer,
  randomWeights,
  tinyGraph,
} from '../../support/networks/tensorflow.js';
import { randomBatch, relativeDifference } from '../../support/values.js';

const { tf } = await loadPlainLibrary();

const graph = tinyGraph([
  { conv2d: { filters: 3, kernelSize: 3, activation: 'relu' } },
  { maxPool2d: 2 },
  'flatten',
  { dropout: 0.5 },
  { dense: { units: 5, activation: 'tanh' } },
]);

async function withProgram<T>(
  settings: Record<string, unknown>,
  use: (program: TrainingProgram) => Promise<T>,
  batchSize = 4,
): Promise<T> {
  const program = await engine.trainingProgram(graph, { batchSize, optimizer: optimizer(settings) });
  try {
    return await use(program);
  } finally {
    await program.dispose();
  }
}

const fresh = (weights: Tensors = randomWeights(graph)): ProgramState => ({
  weights,
  slots: new Map(),
  step: 0,
});

const values = (tensors: Tensors) => [...tensors].map(([name, { data }]) => [name, [...data]]);

async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, WorkError);
    return (error as Error).message;
  }
  return assert.unreachable('must be refused') as never;
}

test('plain sgd takes the learning rate times the gradient away', () =>
  withProgram({ name: 'sgd' }, async (program) => {
    const weights = randomWeights(graph);
    const batch = randomBatch(graph, 4);
    const exact = await engine.trainingProgram(graph, { batchSize: 4, optimizer: gradientSettings });
    const gradients = await gradientsOf(exact, weights, batch);
    await exact.dispose();
    await program.load(fresh(weights));
    await program.train([batch], [0.5]);
    const after = (await program.save()).weights;
    for (const [name, { data }] of weights) {
      const expected = data.map((value, i) => value - 0.5 * gradients.get(name)!.data[i]!);
      assert.ok(relativeDifference(after.get(name)!.data, expected) < 1e-6, name);
    }
  }));

test('a short batch trains as a program of its size would', async () => {
  const batch = randomBatch(graph, 4, 3);
  const run = (size: number, one: Batch) =>
    withProgram(
      { name: 'adam' },
      async (program) => {
        await program.load(fresh());
        const [result] = await program.train([one], [0.01]);
        return { result, weights: values((await program.save()).weights) };
      },
      size,
    );
  assert.equal(await run(4, batch), await run(3, firstImages(graph, batch, 3)));
});

test('weight decay adds to the gradients of kernels, not of biases', async () => {
  const batch = randomBatch(graph, 4);
  const weights = randomWeights(graph);
  const after = (weightDecay: number) =>
    withProgram({ name: 'sgd', weightDecay }, async (program) => {
      await program.load(fresh(weights));
      await program.train([batch], [0.1]);
      return (await program.save()).weights;
    });
  const [plain, decayed] = [await after(0), await after(0.2)];
  for (const [name, { data }] of weights) {
    const decay = name.endsWith('/kernel') ? 0.2 : 0;
    const expected = data.map((value, i) => plain.get(name)!.data[i]! - 0.1 * decay * value);
    assert.ok(relativeDifference(decayed.get(name)!.data, expected) < 1e-6, name);
  }
});

test('dropout drops what the mask says, and nothing outside training', async () => {
  const batch = randomBatch(graph, 4);
  const filled = (value: number): Batch => ({
    ...batch,
    masks: new Map([...batch.masks].map(([name, mask]) => [name, new Uint8Array(mask.length).fill(value)])),
  });
  await withProgram({ name: 'sgd' }, async (program) => {
    await program.load(fresh());
    const losses: number[] = [];
    for (const one of [filled(0), filled(1), batch]) losses.push((await program.train([one], [0]))[0]!.loss);
    assert.is(new Set(losses).size, 3);
  });
  const program = await engine.inferenceProgram(graph, { batchSize: 4 });
  await program.load(randomWeights(graph));
  assert.equal(await program.run(filled(0)), await program.run(batch));
  await program.dispose();
});

test('a saved state goes on with the same bits, learning rates and step numbers included', () =>
  withProgram({ name: 'adam', weightDecay: 0.01 }, async (program) => {
    const batches = [1, 2, 3, 4].map((seed) => randomBatch(graph, 4, 4, seed));
    const rates = [0.01, 0.02, 0.01, 0.005];
    await program.load(fresh());
    await program.train(batches.slice(0, 2), rates.slice(0, 2));
    const middle = await program.save();
    assert.is(middle.step, 2);
    assert.ok(middle.slots.has('conv2d_1/kernel/meanSquare'));
    const rest = await program.train(batches.slice(2), rates.slice(2));
    const end = await program.save();
    await withProgram({ name: 'adam', weightDecay: 0.01 }, async (other) => {
      await other.load(middle);
      assert.equal(await other.train(batches.slice(2), rates.slice(2)), rest);
      const again = await other.save();
      assert.is(again.step, 4);
      assert.equal(values(again.weights), values(end.weights));
      assert.equal(values(again.slots), values(end.slots));
    });
  }));

test('what is loaded and saved shares no memory with the program', () =>
  withProgram({ name: 'sgd', momentum: 0.9 }, async (program) => {
    const weights = randomWeights(graph);
    await program.load(fresh(weights));
    for (const { data } of weights.values()) data.fill(0);
    const saved = await program.save();
    assert.equal(values(saved.weights), values(randomWeights(graph)));
    for (const { data } of saved.weights.values()) data.fill(0);
    assert.equal(values((await program.save()).weights), values(randomWeights(graph)));
  }));

test('the loss is the mean of the losses of inference, and so is the share that is right', async () => {
  const clean: Graph = tinyGraph(['flatten', { dense: { units: 5, activation: 'tanh' } }]);
  const batch = randomBatch(clean, 6, 5);
  const training = await engine.trainingProgram(clean, { batchSize: 6, optimizer: gradientSettings });
  await training.load(fresh(randomWeights(clean)));
  const [result] = await training.train([batch], [0]);
  const inference = await engine.inferenceProgram(clean, { batchSize: 6 });
  await inference.load(randomWeights(clean));
  const { probabilities, losses } = await inference.run(batch);
  assert.is(losses.length, 5);
  assert.is(probabilities.length, 15);
  assert.ok(Math.abs(result!.loss - losses.reduce((sum, loss) => sum + loss, 0) / 5) < 1e-6);
  const right = [...losses.keys()].filter((i) => {
    const row = [...probabilities.subarray(3 * i, 3 * i + 3)];
    assert.ok(Math.abs(row[batch.labels[i]!]! - Math.exp(-losses[i]!)) < 1e-6);
    return row.indexOf(Math.max(...row)) === batch.labels[i];
  });
  assert.is(result!.correct, right.length);
  await Promise.all([training.dispose(), inference.dispose()]);
});

test('losses are exact where probabilities round to 0', async () => {
  const one = tinyGraph(['flatten'], [1, 1, 1]);
  const program = await engine.inferenceProgram(one, { batchSize: 1 });
  const kernel = { shape: [1, 3], data: Float32Array.of(0, 500, 0) };
  const bias = { shape: [3], data: new Float32Array(3) };
  await program.load(
    new Map([
      ['dense_1/kernel', kernel],
      ['dense_1/bias', bias],
    ]),
  );
  const batch = { pixels: Uint8Array.of(255), labels: Int32Array.of(2), count: 1, masks: new Map() };
  const { probabilities, losses } = await program.run(batch);
  assert.equal([...probabilities], [0, 1, 0]);
  assert.equal([...losses], [500]);
  await program.dispose();
});

test('training, inference, loading and saving leave no tensors behind', async () => {
  const before = tf.memory().numTensors;
  const program = await engine.trainingProgram(graph, {
    batchSize: 4,
    optimizer: optimizer({ name: 'adam' }),
  });
  const inference = await engine.inferenceProgram(graph, { batchSize: 4 });
  const counts: number[] = [];
  for (let i = 0; i < 3; i++) {
    await program.load(fresh());
    await program.train([randomBatch(graph, 4), randomBatch(graph, 4, 3)], [0.1, 0.1]);
    await inference.load((await program.save()).weights);
    await inference.run(randomBatch(graph, 4, 2));
    counts.push(tf.memory().numTensors);
  }
  assert.is(new Set(counts).size, 1, `${counts}`);
  await Promise.all([program.dispose(), inference.dispose()]);
  assert.is(tf.memory().numTensors, before);
});

test('weights and optimizer state that do not fit are named', () =>
  withProgram({ name: 'sgd', momentum: 0.9 }, async (program) => {
    const weights = new Map(randomWeights(graph));
    const state = { ...fresh(weights), step: 3 };
    assert.is(
      await rejection(program.load(state)),
      'The sgd state for tiny lack conv2d_1/kernel/velocity of shape [3, 3, 2, 3].',
    );
    const bias = weights.get('conv2d_1/bias')!;
    weights.delete('conv2d_1/bias');
    assert.is(await rejection(program.load(state)), 'The weights for tiny lack conv2d_1/bias of shape [3].');
    weights.set('conv2d_1/bias', { shape: [4], data: new Float32Array(4) });
    assert.is(
      await rejection(program.load(state)),
      'The weights for tiny do not fit: conv2d_1/bias must have the shape [3], got [4].',
    );
    weights.set('conv2d_1/bias', bias).set('conv2d_9/bias', bias);
    assert.is(
      await rejection(program.load(state)),
      'The weights for tiny do not fit: nothing in them is called conv2d_9/bias.',
    );
  }));

test('batches that do not fit are refused', () =>
  withProgram({ name: 'sgd' }, async (program) => {
    const batch = randomBatch(graph, 4);
    assert.match(await rejection(program.train([batch], [0.1])), /^internal: train before load/);
    await program.load(fresh());
    assert.match(
      await rejection(program.train([randomBatch(graph, 3)], [0.1])),
      /^internal: a batch of 4 needs 512 pixels/,
    );
    assert.match(
      await rejection(program.train([{ ...batch, masks: new Map() }], [0.1])),
      /^internal: the batch has no dropout mask of \[27\] for dropout_1/,
    );
    const labels = Int32Array.of(0, 7, 0, 0);
    assert.is(
      await rejection(program.train([{ ...batch, labels }], [0.1])),
      'Image 2 of a batch has the label 7, but tiny has 3 classes (0 to 2).',
    );
    assert.is((await program.save()).step, 0);
  }));

test.run();
