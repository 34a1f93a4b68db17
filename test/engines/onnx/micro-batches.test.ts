import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { microBatchesOf, microBatchSize } from '../../../src/engines/micro-batches.js';
import {
  assertParity,
  assertSame,
  engines,
  graphOf,
  OF_SINGLE_IMAGES,
  type Outcome,
  outcome,
  RECIPE_OF_PARTS,
  randomBatch,
} from '../../support/networks/parity.js';

const PLAIN = OF_SINGLE_IMAGES;
const RECIPE = RECIPE_OF_PARTS;
const NORMED = graphOf(`  - conv2d: { filters: 4, kernelSize: 3, useBias: false }
  - batchNorm: { momentum: 0.8 }
  - activation: relu
  - flatten
  - dense: { units: classes, activation: softmax }
`);

for (const engine of ['onnx', 'tensorflow'] as const) {
  test(`${engine}: a batch in parts trains as the whole batch does`, async () => {
    // Ten images in 2, 3, 4 and 12 parts, of which some are padded, or hold padding alone where there are only 7.
    for (const count of [10, 7]) {
      const options = { ...RECIPE, count, steps: 2 };
      const expected = await outcome(engines[engine], PLAIN, options);
      for (const microBatches of engine === 'onnx' ? [2, 3, 4, 12] : [3]) {
        assertSame(await outcome(engines[engine], PLAIN, { ...options, microBatches }), expected);
      }
    }
  });
}

test('so does one whose parts are computed in blocks of 16 images', async () => {
  const graph = graphOf(`  - conv2d: { filters: 16, kernelSize: 3, padding: same, activation: relu }
  - conv2d: { filters: 16, kernelSize: 3, activation: relu }
  - maxPool2d: 2
  - flatten
  - dense: { units: classes, activation: softmax }
`);
  const options = { ...RECIPE, batchSize: 48, steps: 1 };
  for (const count of [48, 20]) {
    const expected = await outcome(engines.onnx, graph, { ...options, count });
    assertSame(await outcome(engines.onnx, graph, { ...options, count, microBatches: 3 }), expected);
  }
});

test('batch normalization looks at each part alone, in both engines', async () => {
  for (const count of [10, 5]) {
    const options = { ...RECIPE, count, steps: 1 };
    await assertParity(NORMED, { ...options, microBatches: 4 });
    const [parts, whole] = [
      await outcome(engines.onnx, NORMED, { ...options, microBatches: 4 }),
      await outcome(engines.onnx, NORMED, options),
    ];
    const moving = (o: Outcome) => o.state.weights.get('batchNorm_1/moving_mean')!.data;
    assert.not.equal(moving(parts), moving(whole));
  }
});

test('so it does where parts are filled up to whole blocks', async () => {
  const graph = graphOf(`  - conv2d: { filters: 16, kernelSize: 3, useBias: false }
  - batchNorm
  - activation: relu
  - conv2d: { filters: 16, kernelSize: 3, useBias: false }
  - batchNorm
  - flatten
  - dense: { units: classes, activation: softmax }
`);
  for (const [batchSize, microBatches, count] of [
    [34, 2, 34],
    [51, 3, 40],
    [33, 2, 17],
  ] as const) {
    const options = { ...RECIPE, batchSize, microBatches, count, learningRate: 1, steps: 1 };
    await assertParity(graph, options);
  }
});

test('parts of a batch', () => {
  assert.is(microBatchSize(10), 10);
  assert.is(microBatchSize(10, 4), 3);
  assert.is(microBatchSize(10, 12), 1);
  const batch = randomBatch(PLAIN, 10, 7);
  const parts = microBatchesOf(batch, 3);
  assert.equal(
    parts.map(({ count }) => count),
    [3, 3, 1],
  );
  assert.equal(
    Buffer.concat(parts.map(({ pixels }) => Buffer.from(pixels))),
    Buffer.from(batch.pixels.subarray(0, 9 * 128)),
  );
  const four = microBatchesOf(batch, 3, 4);
  assert.equal(
    four.map(({ count }) => count),
    [3, 3, 1, 0],
  );
  for (const [name, mask] of batch.masks) {
    assert.equal(parts[1]!.masks.get(name), mask.subarray((3 * mask.length) / 10, (6 * mask.length) / 10));
  }
});

test.run();
