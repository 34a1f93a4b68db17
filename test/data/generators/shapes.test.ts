import '../../support/flags.js';
import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { OUTLINES } from '../../../src/data/generators/shape-outlines.js';
import { oklch } from '../../../src/data/generators/shape-textures.js';
import { shapes } from '../../../src/data/generators/shapes.js';
import { loadDataset } from '../../../src/data/index.js';
import type { Split } from '../../../src/data/sets/dataset.js';
import { request, thrown } from '../../support/files/small-data.js';

const SMALL = { shape: [32, 32, 3], classes: 10 } as const;
const BYTES = 32 * 32 * 3;

async function read(split: Split, indices: readonly number[], bytes = BYTES): Promise<Uint8Array> {
  const out = new Uint8Array(indices.length * bytes);
  await split.read(Uint32Array.from(indices), out);
  return out;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

test('is a data set of 10,000 and 2,000 pictures of any size, there without files', async () => {
  const dataset = await loadDataset(request('shapes', { shape: [30, 50, 3], classes: 10 }).request);
  assert.equal([dataset.name, dataset.origin, dataset.shape], ['shapes', 'built-in generator', [30, 50, 3]]);
  assert.is(dataset.identity, 'shapes v1, seed 1, 30x50, 10 kinds, 10000 + 2000 images');
  assert.equal([dataset.train.count, dataset.test.count], [10_000, 2_000]);
  assert.is(dataset.classes.join(), 'circle,square,triangle,star,ring,cross,pentagon,crescent,arrow,diamond');
  for (let label = 0; label < 10; label++)
    assert.is(dataset.train.labels.filter((other) => other === label).length, 1_000);
  assert.is((await read(dataset.train, [0], 30 * 50 * 3)).length, 4_500);
});

test('a model may have more classes than there are shapes, or fewer', async () => {
  const many = await loadDataset(request('shapes', { ...SMALL, classes: 1000 }).request);
  assert.equal([many.classes.length, many.classes[9], many.classes[999]], [1000, 'diamond', '999']);
  assert.is(Math.max(...many.train.labels), 9);
  const few = await loadDataset(request('shapes', { ...SMALL, classes: 3 }).request);
  assert.equal(
    [few.classes, [...few.train.labels.subarray(0, 4)]],
    [
      ['circle', 'square', 'triangle'],
      [0, 1, 2, 0],
    ],
  );
  assert.is.not(few.identity, many.identity);
});

test('is for models of three channels', async () => {
  const error = await thrown(loadDataset(request('shapes', { shape: [28, 28, 1], classes: 10 }).request));
  assert.instance(error, UsageError);
  assert.is(
    error.message,
    'The data set shapes has images of 28x28x3 in 10 classes, but the model expects 28x28x1 in 10; build the model for ' +
      'them with --input 28x28x3, or name other data with --dataset.',
  );
});

test('paints the same pixels everywhere: whoever changes them, changes the version', async () => {
  const { train, test: other } = shapes(SMALL);
  const hash = createHash('sha256')
    .update(await read(train, range(200)))
    .update(await read(other, range(200)));
  assert.is(hash.digest('hex').slice(0, 16), 'e4038461823dfc5d');
});

test('an image depends on its split and number, not on what was painted before or is kept', async () => {
  const one = shapes(SMALL);
  const forwards = await read(one.train, [3, 4, 5]);
  for (const memoryBytes of [0, 5 * BYTES, 1e9]) {
    const two = shapes({ ...SMALL, memoryBytes });
    for (let round = 0; round < 2; round++) {
      const backwards = await read(two.train, [5, 4, 3]);
      for (let i = 0; i < 3; i++)
        assert.equal(
          backwards.subarray(i * BYTES, (i + 1) * BYTES),
          forwards.subarray((2 - i) * BYTES, (3 - i) * BYTES),
        );
    }
  }
  assert.not.equal(await read(one.test, [3]), forwards.subarray(0, BYTES));
  assert.not.equal(await read(one.train, [13]), forwards.subarray(0, BYTES));
});

test('an image shows the same at any size', async () => {
  const large = await read(shapes({ ...SMALL, shape: [96, 96, 3] }).train, range(20), 96 * 96 * 3);
  const small = await read(shapes(SMALL).train, range(20));
  for (let i = 0; i < 20; i++) {
    // The mean of three by three pixels, without the finest textures, is close to the small image's pixel.
    let difference = 0;
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 96; x++) {
        let sum = 0;
        for (let k = 0; k < 9; k++) {
          const [row, column] = [3 * y + Math.floor(k / 3), 3 * Math.floor(x / 3) + (k % 3)];
          sum += large[((i * 96 + row) * 96 + column) * 3 + (x % 3)]!;
        }
        difference += Math.abs(sum / 9 - small[i * BYTES + y * 96 + x]!);
      }
    }
    assert.ok(difference / BYTES < 25, `image ${i}: ${difference / BYTES}`);
  }
});

test('outlines reach about 1 from their middle, hold it or surround it, and measure distances', () => {
  for (const { name, distance } of OUTLINES) {
    let [farthest, inside] = [0, 0];
    for (let y = -1.5; y <= 1.5; y += 0.01) {
      for (let x = -1.5; x <= 1.5; x += 0.01) {
        const away = distance(x, y);
        if (away < 0) [farthest, inside] = [Math.max(farthest, Math.hypot(x, y)), inside + 1e-4];
        // No step changes a distance by more than its own length.
        for (const [dx, dy] of [
          [0.01, 0],
          [0, 0.01],
          [0.006, 0.008],
          [-0.008, 0.006],
        ] as const)
          assert.ok(Math.abs(distance(x + dx, y + dy) - away) < 0.010001, `${name} at ${x}, ${y}`);
      }
    }
    assert.ok(farthest > 0.85 && farthest < 1.07, `${name} reaches ${farthest}`);
    assert.ok(inside > 0.7 && inside < 2.6, `${name} has an area of ${inside}`);
  }
});

test('shapes stand out from their grounds', async () => {
  const pixels = await read(shapes(SMALL).train, range(300));
  for (let i = 0; i < 300; i++) {
    const image = pixels.subarray(i * BYTES, (i + 1) * BYTES);
    const mean = image.reduce((sum, value) => sum + value, 0) / BYTES;
    const deviation = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / BYTES);
    assert.ok(deviation > 12, `image ${i} is flat: ${deviation}`);
  }
});

test('colours are those of OKLCH', () => {
  const rounded = (...colour: Parameters<typeof oklch>) => oklch(...colour).map(Math.round);
  assert.equal(rounded(1, 0, 0), [255, 255, 255]);
  assert.equal(rounded(0, 0, 0), [0, 0, 0]);
  // sRGB's red and blue.
  assert.equal(rounded(0.627955, 0.257683, 29.2339), [255, 0, 0]);
  assert.equal(rounded(0.452014, 0.313214, 264.052), [0, 0, 255]);
});

test.run();
