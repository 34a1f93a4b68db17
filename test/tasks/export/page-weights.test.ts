import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toHalves } from '../../../src/base/half.js';
import { testImages } from '../../../src/tasks/export/onnx.js';
import { VALUES_A_BLOCK } from '../../../src/tasks/export/page-payload.js';
import { isHarmless, tryHalves, weightBlocks } from '../../../src/tasks/export/page-weights.js';
import { zooNetwork } from '../../support/networks/networks.js';

const test = suite('the weights of a page');

test('tensors follow each other over the ends of blocks, each block base64 by itself', () => {
  const tensor = (length: number, first: number) => ({
    shape: [length],
    data: Float32Array.from({ length }, (_, i) => first + (i % 1000) / 8),
  });
  const weights = new Map([
    ['a', tensor(VALUES_A_BLOCK - 10, 1)],
    ['b', tensor(VALUES_A_BLOCK + 25, 200)],
  ]);
  const all = Float32Array.from([...weights.get('a')!.data, ...weights.get('b')!.data]);
  for (const dtype of ['float32', 'float16'] as const) {
    const blocks = [...weightBlocks(weights, ['a', 'b'], dtype)].map((text) => Buffer.from(text, 'base64'));
    const bytes = dtype === 'float32' ? 4 : 2;
    assert.equal(
      blocks.map(({ length }) => length / bytes),
      [VALUES_A_BLOCK, VALUES_A_BLOCK, 15],
    );
    const values = dtype === 'float32' ? all : toHalves(all);
    assert.ok(Buffer.concat(blocks).equals(Buffer.from(values.buffer)));
  }
});

test('rounding is harmless where nobody could tell, and not tried where float16 cannot hold a weight', async () => {
  const network = zooNetwork('lenet5');
  const images = testImages(network.graph);
  const rounding = await tryHalves(network, images);
  assert.is(rounding!.pictures, 3);
  assert.ok(rounding!.moved > 0 && rounding!.moved < 0.01, `${rounding!.moved}`);
  assert.is(isHarmless({ pictures: 3, changed: 0, moved: 1e-3 }), true);
  assert.is(isHarmless({ pictures: 3, changed: 0, moved: 1.1e-3 }), false);
  assert.is(isHarmless({ pictures: 3, changed: 1, moved: 1e-5 }), false);
  network.weights.get('dense_1/kernel')!.data[7] = 70_000;
  assert.is(await tryHalves(network, images), null);
});

test.run();
