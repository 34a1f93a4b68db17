import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tensors } from '../../../src/base/tensor.js';
import { speakInFlags } from '../../../src/cli/wording.js';
import type { Engine, TrainingProgram } from '../../../src/engines/engine.js';
import { probeAbilities } from '../../../src/engines/onnx/abilities.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { MeetingPoint, sharedMemory } from '../../../src/engines/onnx/programs/carriers/replicas/meeting.js';
import { ReplicasProgram } from '../../../src/engines/onnx/programs/carriers/replicas/program.js';
import type { Replica } from '../../../src/engines/onnx/programs/carriers/replicas/replica.js';
import { shardsOf } from '../../../src/engines/onnx/programs/carriers/replicas/shards.js';
import { ReplicaThread } from '../../../src/engines/onnx/programs/carriers/replicas/thread.js';
import { RESULTS } from '../../../src/engines/onnx/programs/names.js';
import { trainingStepOf } from '../../../src/engines/onnx/programs/training-step.js';
import { GraphWriter } from '../../../src/engines/onnx/write/writer.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import {
  assertParity,
  assertSame,
  graphOf,
  OF_SINGLE_IMAGES,
  optimizer,
  outcome,
  RECIPE_OF_PARTS,
  randomBatch,
  randomWeights,
  zooGraph,
} from '../../support/networks/parity.js';

const engineOf = (replicas: number) => (): Promise<Engine> =>
  createOnnxEngine({ device: 'cpu', threads: replicas, replicas });

const GRAPH = OF_SINGLE_IMAGES;
const RECIPE = { ...RECIPE_OF_PARTS, steps: 2 };

test('two and three replicas train as one network does, whatever the parts hold', async () => {
  // 10 images are 5 and 5 or 4, 4 and 2; 7 of them leave a part with padding, 3 one without any image.
  for (const count of [10, 7, 3]) {
    const options = { ...RECIPE, count };
    const expected = await outcome(engineOf(1), GRAPH, options);
    for (const replicas of [2, 3]) assertSame(await outcome(engineOf(replicas), GRAPH, options), expected);
  }
});

test('halves agree with TensorFlow.js, and those of larger networks with the whole', async () => {
  const options = { batchSize: 34, steps: 1 };
  const sgd = { optimizer: optimizer('sgd', { momentum: 0.9 }), learningRate: 0.01 };
  await assertParity(zooGraph('lenet5'), { ...options, ...sgd }, 1e-4, engineOf(2));
  for (const [name, settings] of [
    ['mnist-basic', sgd],
    // Weights of a layer that is not trained, and a loss of its own.
    ['lenet5-1998', { optimizer: optimizer('sgd'), learningRate: 0.001 }],
  ] as const) {
    const [halves, whole] = [2, 1].map((count) =>
      outcome(engineOf(count), zooGraph(name), { ...options, ...settings }),
    );
    assertSame(await halves!, await whole!);
  }
});

const bitsOf = (tensors: Tensors) =>
  [...tensors].map(([name, { data }]) => [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);

async function trained(
  program: TrainingProgram,
  graph: Graph,
  steps: readonly number[],
): Promise<TrainingProgram> {
  const batches = steps.map((seed) => randomBatch(graph, 10, 10, seed));
  await program.train(
    batches,
    steps.map(() => 0.01),
  );
  return program;
}

test('saved and loaded again halves go on bit for bit, with the slots of both', async () => {
  const engine = await engineOf(2)();
  const options = { batchSize: 10, optimizer: optimizer('adam') };
  const begin = () => ({ weights: randomWeights(GRAPH), slots: new Map(), step: 0 });
  const make = () => engine.trainingProgram(GRAPH, options);
  const [whole, first, second] = [await make(), await make(), await make()];
  await whole.load(begin());
  const expected = await (await trained(whole, GRAPH, [1, 2, 3, 4])).save();
  await first.load(begin());
  await second.load(await (await trained(first, GRAPH, [1, 2])).save());
  const actual = await (await trained(second, GRAPH, [3, 4])).save();
  assert.is(actual.step, 4);
  assert.equal(bitsOf(actual.weights), bitsOf(expected.weights));
  assert.equal(bitsOf(actual.slots), bitsOf(expected.slots));
  for (const program of [whole, first, second]) await program.dispose();
  await engine.dispose();
});

test('where a batch cannot be parted it is computed whole', async () => {
  const normed = graphOf(`  - conv2d: { filters: 4, kernelSize: 3, useBias: false }
  - batchNorm
  - flatten
  - dense: { units: classes, activation: softmax }
`);
  const options = { ...RECIPE, steps: 1 };
  const [one, two] = [
    await outcome(engineOf(1), normed, options),
    await outcome(engineOf(2), normed, options),
  ];
  assert.equal(bitsOf(two.state.weights), bitsOf(one.state.weights));
});

/** A program in halves, and the thread of the second. */
async function halvesOf(graph: Graph, batchSize: number) {
  const options = { ...RECIPE, batchSize };
  const step = trainingStepOf(graph, { ...options, batchSize: batchSize / 2 }, await probeAbilities());
  const thread = new ReplicaThread();
  const settings = { provider: 'cpu', threads: 1 } as const;
  const source = { step, options, settings, begin: 0, threads: [thread] };
  const program = await ReplicasProgram.start(source);
  await program.load({ weights: randomWeights(graph), slots: new Map(), step: 0 });
  const train = (steps: number) => {
    const batches = Array.from({ length: steps }, (_, i) => randomBatch(graph, batchSize, batchSize, i));
    return program.train(batches, Array(steps).fill(0.01));
  };
  return { program, thread, train };
}

const HALF_CHANGED = /^The step that failed has left weights half changed: /;

test('where the thread of a half is not there any more, the step ends with the reason, and there is nothing to save', async () => {
  const { program, thread, train } = await halvesOf(GRAPH, 10);
  await thread.end();
  for (let i = 0; i < 2; i++) {
    assert.match(await rejected(train(3)), /^A thread of the engine ended with code 0\.$/);
    assert.match(await rejected(program.save()), HALF_CHANGED);
  }
  await program.dispose();
});

test('where the first half fails the other is not ended within a run, and neither goes on', async () => {
  // Halves that compute for some milliseconds each.
  const graph = zooGraph('mnist-basic');
  const { program, thread, train } = await halvesOf(graph, 256);
  assert.is((await train(1)).length, 1);
  const { session } = program as unknown as { readonly session: Replica };
  await session.release();
  assert.match(await rejected(train(1)), /^A step failed: /);
  assert.match(await rejected(train(1)), /^A step failed: /);
  assert.match(await rejected(program.save()), HALF_CHANGED);
  await thread.end();
});

test('a program may be given up while it computes', async () => {
  const { program, train } = await halvesOf(zooGraph('mnist-basic'), 256);
  const training = rejected(train(20));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await program.dispose();
  assert.match(await training, HALF_CHANGED);
});

test('a program that ONNX Runtime does not take is said to be one, by the thread too', async () => {
  const thread = new ReplicaThread();
  const nothing = new Uint8Array(3);
  const memory = sharedMemory(2, 1, 1);
  const shards = [[], []];
  const settings = { provider: 'cpu', threads: 1 } as const;
  const plan = { replica: 1, memory, gradients: nothing, update: nothing, trained: [], shards, settings };
  assert.match(
    await rejected(thread.ask({ kind: 'start', plan }, 'ready')),
    /^The program cannot be built on cpu: /,
  );
  await thread.end();
});

test('a thread speaks of settings as the program does that started it', async () => {
  speakInFlags();
  const g = new GraphWriter();
  g.emptySequence(RESULTS.done);
  // Four terabytes.
  const dims = [1e6, 1e6];
  const sum = g.sum(g.op('Expand', [g.input('x', [1, 1]), g.indices(dims)], dims), [0, 1], false);
  g.output(sum, RESULTS.loss);
  g.output(g.add(sum, sum), RESULTS.correct);
  const nothing = new GraphWriter();
  nothing.emptySequence(RESULTS.done);
  const [gradients, update] = [g.encode(), nothing.encode()];
  const settings = { provider: 'cpu', threads: 1, optimization: 'disabled' } as const;
  const memory = sharedMemory(2, 2, 0);
  const plan = { replica: 1, memory, gradients, update, trained: [], shards: [[], []], settings };
  const thread = new ReplicaThread();
  await thread.ask({ kind: 'start', plan }, 'ready');
  const x = { type: 'float32', dims: [1, 1], data: new Float32Array(1) } as const;
  const steps = [{ images: { x }, stepSize: 1 }];
  assert.match(
    await rejected(thread.ask({ kind: 'train', steps }, 'trained')),
    /^Out of memory during a step: 4000\.0 GB .* Try a smaller --batch-size, or --micro-batches\.$/,
  );
  await thread.end();
});

/** Why something is refused. */
const rejected = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );

test('who waits for a replica that goes no further is told so, at once or later', async () => {
  // Nothing else does so: replicas are awaited by whoever asks for them.
  const keepsAlive = setInterval(() => {}, 1000);
  const memory = sharedMemory(3, 1, 1);
  const points = [0, 1, 2].map(() => new MeetingPoint(memory));
  const all = points.map((point, replica) => point.meet(replica));
  assert.equal(await Promise.all(all), [true, true, true]);
  const waiting = [points[0]!.meet(0), points[1]!.meet(1)];
  setTimeout(() => points[2]!.leave(2), 30);
  assert.equal(await Promise.all(waiting), [false, false]);
  // Those that were told go no further either.
  assert.is(await points[0]!.meet(0), false);
  clearInterval(keepsAlive);
});

test('every weight is updated by one replica', () => {
  const step = trainingStepOf(GRAPH, { ...RECIPE, batchSize: 5 }, { channelBlock: 16 });
  for (const replicas of [1, 2, 3, 7]) {
    const shards = shardsOf(step, replicas);
    assert.is(shards.length, replicas);
    const places = shards.flat().sort((a, b) => a.place - b.place);
    let end = 0;
    for (const { at, from, length, place, kinds } of places) {
      assert.is(place, end);
      assert.is(from % 16, 0);
      assert.ok(step.groups[at]!.trainable);
      assert.equal(kinds, ['weights', 'velocity']);
      end += length;
    }
    const trainable = step.groups.filter((group) => group.trainable);
    assert.is(
      end,
      trainable.reduce((sum, { size }) => sum + size, 0),
    );
  }
});

test.run();
