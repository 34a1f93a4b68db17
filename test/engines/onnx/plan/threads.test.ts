import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { THREAD_COSTS } from '../../../../src/engines/onnx/plan/thread-costs.js';
import { fastestThreads, stepMs, type ThreadCosts } from '../../../../src/engines/onnx/plan/thread-model.js';
import { chosenThreads, plannedWork } from '../../../../src/engines/onnx/plan/threads.js';
import { configOf, graphOf } from '../../../support/networks/yaml.js';

const COSTS: ThreadCosts = {
  operationMs: 0.01,
  threadMs: 0.002,
  macMs: 1e-6,
  macShare: 0.9,
  byteMs: 1e-7,
  byteShare: 0.5,
};

test('a step is operations, their threads, and what threads divide of arithmetic and memory', () => {
  const work = { operations: 100, macs: 1e6, bytes: 2e6 };
  assert.ok(Math.abs(stepMs(work, 1, COSTS) - (1 + 1 + 0.2)) < 1e-12);
  // 100 operations of 0.01 + 3 x 0.002; 0.1 + 0.9 / 4 of 1; 0.5 + 0.5 / 4 of 0.2.
  assert.ok(Math.abs(stepMs(work, 4, COSTS) - (1.6 + 0.325 + 0.125)) < 1e-12);
});

test('a step with little work takes one thread, one with much all of them, one between some', () => {
  const work = (macs: number) => ({ operations: 100, macs, bytes: 0 });
  assert.is(fastestThreads(work(1e4), 64, COSTS), 1);
  assert.is(fastestThreads(work(1e10), 16, { ...COSTS, macShare: 1 }), 16);
  const some = fastestThreads(work(2e6), 64, COSTS);
  // The minimum of 0.2 k + 1.8 / k is at 3; 2 threads are within 3 % of it only where that is nearly flat.
  assert.is(some, 3);
  assert.is(fastestThreads(work(2e6), 2, COSTS), 2);
});

test('a thread that brings next to nothing is not taken', () => {
  const costs = { ...COSTS, threadMs: 0, macShare: 0.5 };
  // Any number is faster than the one before; from 0.5 + 0.5 / 17 on, by less than 3 % in all.
  const chosen = fastestThreads({ operations: 0, macs: 1e6, bytes: 0 }, 1000, costs);
  assert.ok(chosen > 10 && chosen < 40, String(chosen));
});

const GRAPH = graphOf(configOf(['conv2d: { filters: 16, kernelSize: 3, activation: relu }', 'maxPool2d: 2']));

test('the work of a plan is its operations, and the images of whole blocks', () => {
  const train = plannedWork({ graph: GRAPH, mode: 'train', batchSize: 20 }, 16);
  const macs = GRAPH.nodes.reduce((sum, node) => sum + node.macs, 0);
  assert.is(train.macs, 20 * macs);
  const half = plannedWork({ graph: GRAPH, mode: 'train', batchSize: 20, microBatches: 2 }, 16);
  assert.is(half.macs, 10 * macs);
  const infer = plannedWork({ graph: GRAPH, mode: 'infer', batchSize: 1 }, 16);
  assert.is(infer.macs, macs);
  assert.ok(infer.operations >= 4 && train.operations >= 4);
  assert.ok(train.bytes > infer.bytes);
});

test('more images never get fewer threads, and none more than there are', () => {
  for (const mode of ['train', 'infer'] as const) {
    const chosen = [1, 8, 64, 512].map((batchSize) =>
      chosenThreads({ graph: GRAPH, mode, batchSize }, 32, 16),
    );
    assert.equal(
      [...chosen].sort((a, b) => a - b),
      chosen,
      mode,
    );
    assert.ok(chosen.every((count) => count >= 1 && count <= 32));
    assert.is(chosenThreads({ graph: GRAPH, mode, batchSize: 8 }, 1, 16), 1);
  }
});

test('the costs are a share each where they are shares, and nothing is for free', () => {
  for (const costs of Object.values(THREAD_COSTS)) {
    for (const share of [costs.macShare, costs.byteShare]) assert.ok(share >= 0 && share <= 1);
    assert.ok(costs.operationMs > 0 && costs.macMs > 0 && costs.byteMs >= 0 && costs.threadMs >= 0);
  }
});

test.run();
