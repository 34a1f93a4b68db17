import { setTimeout as wait } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import type * as Ort from 'onnxruntime-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { ort } from '../../src/engines/onnx/library/onnxruntime.js';
import { graphOf, optimizer, randomBatch, randomWeights } from '../support/networks/parity.js';

/** Its weights are one tensor of 70 KB, and its velocities another. */
const GRAPH = graphOf(
  '  - maxPool2d: 2\n  - flatten\n  - dense: { units: 256, activation: relu }\n  - dense: { units: classes, activation: softmax }\n',
  '[16, 16, 1]',
);
const STATE = ['metrics', 'velocity:0', 'weights:0'];

/** The class, of which the library's types show the making alone. */
const Session = ort.InferenceSession as unknown as {
  prototype: { run(feeds: Ort.InferenceSession.FeedsType): Promise<Ort.InferenceSession.ReturnType> };
};

async function openProgram() {
  const engine = await createOnnxEngine({ device: 'webgpu' });
  const recipe = { batchSize: 4, optimizer: optimizer('sgd', { momentum: 0.9 }) };
  const program = await engine.trainingProgram(GRAPH, recipe);
  await program.load({ weights: randomWeights(GRAPH), slots: new Map(), step: 0 });
  return {
    async train(steps: number) {
      const batches = Array.from({ length: steps }, () => randomBatch(GRAPH, 4));
      await program.train(batches, Array<number>(steps).fill(0.01));
    },
    save: () => program.save(),
    async dispose() {
      await program.dispose();
      await engine.dispose();
    },
  };
}

test('what a step replaces on the GPU is given back at once', async () => {
  const made: Ort.Tensor[] = [];
  const sessions = Session.prototype;
  const { run } = sessions;
  sessions.run = async function (feeds) {
    const outputs = await run.call(this, feeds);
    made.push(
      ...(Object.values(outputs) as Ort.Tensor[]).filter(({ location }) => location === 'gpu-buffer'),
    );
    return outputs;
  };
  // A tensor that was disposed of is nowhere.
  const held = () => made.filter(({ location }) => location === 'gpu-buffer').length;
  try {
    const program = await openProgram();
    await program.train(40);
    assert.is(made.length, 40 * STATE.length);
    assert.is(held(), STATE.length);
    await program.save();
    assert.is(held(), STATE.length);
    await program.dispose();
    assert.is(held(), 0);
  } finally {
    sessions.run = run;
  }
});

/** Steps a call; in as many calls every buffer that a step needs is made, as are measured afterwards. */
const STEPS = 20;
const CALLS = 25;
/**
 * One tensor of the state that stays each step would be 35 MB. All else is the memory allocator's: on SwiftShader the
 * bytes in use differ by 0.1 MB in 3,000 steps, those of the process by 8.
 */
const MOST_RESIDENT = 20e6;

test('five hundred steps take no more memory than the five hundred before them', async () => {
  const program = await openProgram();
  const trainOn = async () => {
    for (let call = 0; call < CALLS; call++) await program.train(STEPS);
    return memory();
  };
  const before = await trainOn();
  const after = await trainOn();
  assert.is((await program.save()).step, 2 * CALLS * STEPS);
  await program.dispose();
  assert.is(after.tensors, before.tensors, 'tensors in JavaScript');
  const growth = after.resident - before.resident;
  assert.ok(growth < MOST_RESIDENT, `${(growth / 1e6).toFixed(1)} MB more`);
});

/** Without what waits to be collected: how much that is depends on when the collector comes. */
async function memory(): Promise<{ tensors: number; resident: number }> {
  // It collects garbage first; what objects hold outside of JavaScript's memory is given back after that.
  queryObjects(ort.Tensor);
  await wait(20);
  return { tensors: queryObjects(ort.Tensor) as number, resident: process.memoryUsage.rss() };
}

test.run();
