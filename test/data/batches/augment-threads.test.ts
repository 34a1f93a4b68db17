import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AugmentPlan, augmentBy } from '../../../src/data/batches/augment.js';
import { AugmentThreads } from '../../../src/data/batches/augment-threads.js';
import { augmentationSchema } from '../../../src/recipe/augmentation.js';
import { noise } from '../../support/files/small-data.js';

const SHAPE = [24, 20, 3] as const;
const BYTES = 24 * 20 * 3;
const PLAN: AugmentPlan = {
  shape: SHAPE,
  settings: augmentationSchema.parse({ shift: 3, flip: true, rotation: 20, zoom: 0.2, lighting: 0.1 }),
  colours: { directions: [[0.6, 0.6, 0.5]], deviations: [40] },
  seed: 5,
};

test('threads give the bytes that the main thread gives, in whatever order batches come back', async () => {
  const threads = new AugmentThreads(PLAN, 3);
  try {
    const made = Array.from({ length: 20 }, async (_, batch) => {
      const indices = Uint32Array.from({ length: 5 }, (_, i) => 100 - 5 * batch - i);
      // The last one is short: what is behind its images stays as it is.
      const pixels = noise(6 * BYTES) as Uint8Array<ArrayBuffer>;
      const expected = pixels.slice();
      indices.forEach((index, i) => {
        augmentBy(PLAN)(batch % 3)(index, expected.subarray(i * BYTES, (i + 1) * BYTES));
      });
      assert.equal(await threads.augment(batch % 3, indices, pixels), expected);
      assert.is(pixels.length, 0, 'its memory moved to the thread');
    });
    await Promise.all(made);
  } finally {
    await threads.close();
  }
});

test('who waits for a batch when the threads end is told', async () => {
  const threads = new AugmentThreads(PLAN, 1);
  const pixels = noise(BYTES) as Uint8Array<ArrayBuffer>;
  const lost = threads.augment(1, Uint32Array.of(0), pixels).catch((error: Error) => error.message);
  await threads.close();
  assert.is(await lost, 'Augmentation was ended.');
});

test.run();
