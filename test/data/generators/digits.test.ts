import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digits } from '../../../src/data/generators/digits.js';
import { loadDataset } from '../../../src/data/index.js';
import type { Split } from '../../../src/data/sets/dataset.js';
import { request } from '../../support/files/small-data.js';

const SIZE = 28 * 28;

function read(split: Split, indices: Iterable<number>): Uint8Array {
  const wanted = Uint32Array.from(indices);
  const out = new Uint8Array(wanted.length * SIZE);
  split.read(wanted, out);
  return out;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Image i of several. */
function image(pixels: Uint8Array, i: number): Uint8Array {
  return pixels.subarray(i * SIZE, (i + 1) * SIZE);
}

test('is a data set of 60,000 and 10,000 digits that is there without files', async () => {
  const dataset = await loadDataset(request('digits', { shape: [28, 28, 1], classes: 10 }).request);
  assert.equal([dataset.name, dataset.origin], ['digits', 'built-in generator']);
  assert.is(dataset.identity, 'digits v1, seed 1, 60000 + 10000 images');
  assert.equal([dataset.train.count, dataset.test.count], [60_000, 10_000]);
  for (let label = 0; label < 10; label++)
    assert.is(dataset.train.labels.filter((other) => other === label).length, 6_000);
});

test('draws the same pixels everywhere: whoever changes them, changes the version', () => {
  const { train, test: other } = digits();
  const hash = createHash('sha256')
    .update(read(train, range(0, 200)))
    .update(read(other, range(0, 200)));
  assert.is(hash.digest('hex').slice(0, 16), 'da066f0f46893b57');
});

test('an image depends on its split and number, not on what was drawn before', () => {
  const [one, two] = [digits(), digits()];
  const forwards = read(one.train, [3, 4, 5]);
  const backwards = read(two.train, [5, 4, 3, 3]);
  for (let i = 0; i < 3; i++) assert.equal(image(forwards, i), image(backwards, 2 - i));
  assert.equal(image(backwards, 2), image(backwards, 3));
  assert.not.equal(image(read(one.test, [3]), 0), image(forwards, 0));
  assert.not.equal(image(read(one.train, [13]), 0), image(forwards, 0));
});

test('every digit is inked like those of MNIST and has its centre of mass in the middle', () => {
  const count = 1_000;
  const pixels = read(digits().train, range(0, count));
  let total = 0;
  for (let i = 0; i < count; i++) {
    let [mass, x, y, brightest] = [0, 0, 0, 0];
    image(pixels, i).forEach((value, at) => {
      mass += value;
      x += value * (at % 28);
      y += value * Math.floor(at / 28);
      brightest = Math.max(brightest, value);
    });
    total += mass;
    // Whole pixels are what it moves by; the field's edge stops the most lopsided.
    assert.ok(Math.abs(x / mass - 14) < 1.5 && Math.abs(y / mass - 14) < 1.5, `image ${i} is off the middle`);
    assert.ok(brightest > 200, `image ${i} is dim`);
  }
  const mean = total / (count * SIZE * 255);
  // MNIST's mean is 0.1307.
  assert.ok(mean > 0.115 && mean < 0.15, `mean ink ${mean}`);
});

test('the ten digits can be told apart by the nearest mean image', () => {
  const { train, test: other } = digits();
  const means = Array.from({ length: 10 }, () => new Float64Array(SIZE));
  const known = read(train, range(0, 2_000));
  known.forEach((value, i) => {
    means[train.labels[Math.floor(i / SIZE)]!]![i % SIZE]! += value / 200;
  });
  const unknown = read(other, range(0, 500));
  let right = 0;
  for (let i = 0; i < 500; i++) {
    const distances = means.map((mean) =>
      image(unknown, i).reduce((sum, value, at) => sum + (value - mean[at]!) ** 2, 0),
    );
    if (distances.indexOf(Math.min(...distances)) === other.labels[i]) right++;
  }
  // Chance gives 50; the same rule reads 82 % of MNIST, whose digits vary less.
  assert.ok(right > 300, `${right} of 500`);
});

test.run();
