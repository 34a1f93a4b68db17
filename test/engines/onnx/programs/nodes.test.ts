import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ort } from '../../../../src/engines/onnx/library/onnxruntime.js';
import { createSession, runSession } from '../../../../src/engines/onnx/library/session.js';
import { inPlaceGraph } from '../../../../src/engines/onnx/programs/carriers/in-place.js';
import { trainingStepOf } from '../../../../src/engines/onnx/programs/training-step.js';
import { decodeModel } from '../../../../src/engines/onnx/write/proto.js';
import { GraphWriter } from '../../../../src/engines/onnx/write/writer.js';
import { buildGraph } from '../../../../src/models/build.js';
import { optimizerOf } from '../../../../src/models/trainable.js';
import { loadModel } from '../../../../src/models/zoo.js';

/** A training step of a network of the zoo, in blocks of 16 channels whatever the processor. */
function stepOf(model: string, batchSize: number) {
  const spec = loadModel(model);
  const options = { batchSize, optimizer: optimizerOf(spec) };
  return trainingStepOf(buildGraph(spec), options, { channelBlock: 16 });
}

/**
 * ONNX Runtime makes a session in a time that grows with the square of its nodes. These are the nodes there are, rounded up: a
 * network that comes to need more of them is built more slowly.
 */
const MOST_NODES: readonly (readonly [model: string, batchSize: number, most: number])[] = [
  ['lenet5', 64, 140],
  ['mnist-basic', 64, 250],
  ['fashion-cnn', 64, 600],
  ['alexnet', 32, 1300],
  ['resnet18', 16, 2700],
  ['vgg16', 8, 2750],
  ['googlenet', 16, 4400],
];

for (const [model, batchSize, most] of MOST_NODES) {
  test(`a step of ${model} has at most ${most} nodes`, () => {
    const { length } = decodeModel(inPlaceGraph(stepOf(model, batchSize)).model).graph!.node;
    assert.ok(length <= most, `${length}`);
    assert.ok(length > 0.8 * most, `only ${length}: say so here`);
  });
}

const kindsIn = (members: readonly { readonly name: string }[]) => [
  ...new Set(members.map(({ name }) => name.replace(/_\d+\//, '/'))),
];

test('in a large network only the weights of batch normalization are together', () => {
  const joined = stepOf('resnet18', 16).groups.filter(({ members }) => members.length > 1);
  assert.equal(
    joined.map(({ members, trainable }) => [kindsIn(members), members.length, trainable]),
    [
      [['batchNorm/gamma', 'batchNorm/beta'], 40, true],
      [['batchNorm/moving_mean', 'batchNorm/moving_variance'], 40, false],
    ],
  );
  assert.ok(stepOf('vgg16', 8).groups.every(({ members }) => members.length === 1));
});

test('a constant in other extents is a constant, not a node', async () => {
  const g = new GraphWriter();
  const row = g.constant(Float32Array.of(1, 2, 3, 4, 5, 6), [6]);
  const rows = g.reshape(row, [2, 3]);
  assert.is(g.reshape(rows, [6]), row);
  assert.is(g.reshape(row, [2, 3]), rows);
  g.output(g.add(g.input('x', [2, 3]), rows), 'y');
  g.output(g.add(g.input('z', [6]), row), 'w');
  assert.equal(
    g.written().map(({ opType }) => opType),
    ['Add', 'Add'],
  );
  const settings = { provider: 'cpu', threads: 1, optimization: 'disabled' } as const;
  const session = await createSession(g.encode(), settings);
  const zeros = (dims: readonly number[]) => new ort.Tensor('float32', new Float32Array(6), dims);
  const { y, w } = await runSession(session, { x: zeros([2, 3]), z: zeros([6]) });
  await session.release();
  for (const { data } of [y, w] as { readonly data: Float32Array }[])
    assert.equal(data, Float32Array.of(1, 2, 3, 4, 5, 6));
});

test('equal lists of places lie in a program once, and different ones apart', () => {
  const g = new GraphWriter();
  const x = g.input('x', [3, 2]);
  const picked = [Int32Array.of(2, 0), [2, 0], [0, 2], Int32Array.of(258, 0)].map((places) =>
    g.gather(x, places, 0),
  );
  picked.forEach((ref, i) => {
    g.output(ref, `y${i}`);
  });
  assert.is(picked[0]!.name, picked[1]!.name);
  const { initializer } = decodeModel(g.encode()).graph!;
  assert.equal(
    initializer.map(({ rawData }) => [...new Int32Array(rawData!.slice().buffer)]),
    [
      [2, 0],
      [0, 2],
      [258, 0],
    ],
  );
});

test.run();
