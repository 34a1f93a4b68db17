import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSumOfParts, replicasFor } from '../../../../src/engines/onnx/plan/replicas.js';
import { zooGraph } from '../../../support/networks/parity.js';

const replicasOf = (model: string, batchSize: number, more: object = {}, threads = 2) =>
  replicasFor({ graph: zooGraph(model), mode: 'train', batchSize, ...more }, threads, 16);

test('halves are taken where they were measured to be faster: large batches of networks with few weights', () => {
  for (const [model, batchSize] of [
    ['lenet5', 256],
    ['lenet5', 512],
    ['mnist-basic', 128],
    ['mnist-basic', 256],
    ['simple-convnet', 256],
    ['googlenet-small', 128],
    ['vgg-small', 256],
  ] as const) {
    assert.is(replicasOf(model, batchSize), 2, `${model} ${batchSize}`);
  }
});

test('and not where they cost more than they save, or nothing was measured', () => {
  for (const [model, batchSize] of [
    // As the zoo trains them: no gain on one machine, a tenth on another.
    ['lenet5', 64],
    ['mnist-basic', 64],
    // A quarter slower: nearly all of its work is weights.
    ['mnist-mlp', 512],
    // Many weights.
    ['fashion-cnn', 128],
    ['vgg16', 128],
  ] as const) {
    assert.is(replicasOf(model, batchSize), 1, `${model} ${batchSize}`);
  }
  for (const threads of [1, 3, 4, 16]) assert.is(replicasOf('mnist-basic', 256, {}, threads), 1);
  assert.is(replicasOf('mnist-basic', 256, { mode: 'infer' }), 1);
  assert.is(replicasOf('mnist-basic', 256, { microBatches: 2 }), 1);
});

test('nothing is known of networks that are frozen in part', () => {
  const graph = zooGraph('lenet5');
  const nodes = graph.nodes.map((node, i) => (i < 3 ? { ...node, frozen: true as const } : node));
  const work = { mode: 'train', batchSize: 256 } as const;
  assert.is(replicasFor({ ...work, graph }, 2, 16), 2);
  assert.is(replicasFor({ ...work, graph: { ...graph, nodes } }, 2, 16), 1);
});

test('batch normalization looks at a whole batch', () => {
  assert.is(replicasOf('resnet18-small', 256), 1);
  assert.is(isSumOfParts(zooGraph('resnet18-small')), false);
  assert.is(isSumOfParts(zooGraph('vgg-small')), true);
});

test.run();
