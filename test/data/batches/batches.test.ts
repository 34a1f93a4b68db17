import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BatchOptions,
  batchCount,
  batches,
  dropoutMasks,
  epochOrder,
  limitSplit,
  memorySplit,
  type Split,
  splitValidation,
} from '../../../src/data/index.js';

/** `count` images of 2x1x1 whose pixels are 2i, 2i+1 and whose label is i mod 3. */
function small(count: number): Split {
  const pixels = Uint8Array.from({ length: 2 * count }, (_, i) => i);
  return memorySplit(
    pixels,
    Int32Array.from({ length: count }, (_, i) => i % 3),
    2,
  );
}

async function all(split: Split, options: Partial<BatchOptions>) {
  const made = [];
  for await (const batch of batches(split, { batchSize: 3, shape: [2, 1, 1], ...options })) made.push(batch);
  return made;
}

/** The numbers of a split's images, in order. */
async function numbers(split: Split): Promise<number[]> {
  const [batch] = await all(split, { batchSize: split.count });
  return Array.from({ length: split.count }, (_, i) => batch!.pixels[2 * i]! / 2);
}

test('the last batch is short, padded with black, and says how many images are real', async () => {
  const made = await all(small(7), {});
  assert.equal(
    made.map(({ pixels, labels, count }) => [[...pixels], [...labels], count]),
    [
      [[0, 1, 2, 3, 4, 5], [0, 1, 2], 3],
      [[6, 7, 8, 9, 10, 11], [0, 1, 2], 3],
      [[12, 13, 0, 0, 0, 0], [0, 0, 0], 1],
    ],
  );
  assert.is(batchCount(7, 3), 3);
  assert.is(batchCount(6, 3), 2);
  assert.ok(made.every(({ masks }) => masks.size === 0));
});

test('batches follow the order and begin where they are told, each in memory of its own', async () => {
  const order = Uint32Array.of(6, 0, 5, 1, 4);
  const made = await all(small(7), { order, startStep: 1 });
  assert.equal(
    made.map(({ pixels, labels, count }) => [[...pixels], [...labels], count]),
    [[[2, 3, 8, 9, 0, 0], [1, 1, 0], 2]],
  );
  const [first, second] = await all(small(7), {});
  assert.is.not(first!.pixels.buffer, second!.pixels.buffer);
  assert.is(first!.pixels.buffer.byteLength, 6);
});

test('masks are asked for by the number of the batch', async () => {
  const masks = (step: number) => new Map([['drop', Uint8Array.of(step)]]);
  const made = await all(small(7), { startStep: 1, masks });
  assert.equal(
    made.map((batch) => batch.masks.get('drop')),
    [Uint8Array.of(1), Uint8Array.of(2)],
  );
});

/** A split that notes what is read of it. */
function noted(count: number): { readonly split: Split; readonly read: number[][] } {
  const read: number[][] = [];
  const labels = new Int32Array(count);
  return { read, split: { count, labels, read: async (indices) => void read.push([...indices]) } };
}

test('while a batch is used, the next eight are read, and no more', async () => {
  const { split, read } = noted(40);
  const made = batches(split, { batchSize: 2, shape: [1, 1, 1] });
  await made.next();
  assert.equal(
    read,
    Array.from({ length: 9 }, (_, i) => [2 * i, 2 * i + 1]),
  );
  await made.next();
  assert.is(read.length, 10);
  await made.return();
  assert.is(read.length, 10);
  assert.is((await made.next()).done, true);
});

test('of large batches only two are read ahead', async () => {
  const { split, read } = noted(10);
  const made = batches(split, { batchSize: 2, shape: [4096, 4096, 1] });
  await made.next();
  assert.is(read.length, 3);
  await made.return();
});

test('an image that cannot be read is an error where its batch is due, not before', async () => {
  const broken: Split = {
    ...small(7),
    read: async (indices) => {
      if (indices.includes(5)) throw new Error('image 5');
    },
  };
  const made = batches(broken, { batchSize: 3, shape: [2, 1, 1] });
  assert.is((await made.next()).value?.count, 3);
  try {
    await made.next();
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'image 5');
  }
});

test('images are augmented one by one, by their numbers in the split', async () => {
  const order = Uint32Array.of(6, 0, 5, 1);
  const augment = (index: number, image: Uint8Array) => image.reverse().set([index]);
  const made = await all(small(7), { order, augment });
  assert.equal(
    made.map(({ pixels }) => [...pixels]),
    [
      [6, 12, 0, 0, 5, 10],
      [1, 2, 0, 0, 0, 0],
    ],
  );
});

test('an epoch sees every image once, in an order of its own that the seed decides', () => {
  const order = epochOrder(1_000, 1, 3);
  assert.equal(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 1_000 }, (_, i) => i),
  );
  assert.equal(epochOrder(1_000, 1, 3), order);
  assert.not.equal(epochOrder(1_000, 1, 4), order);
  assert.not.equal(epochOrder(1_000, 2, 3), order);
  // Shuffled all over: on average an image lies a third of the length from its old place.
  const moved = order.reduce((sum, from, to) => sum + Math.abs(from - to), 0) / 1_000;
  assert.ok(moved > 250 && moved < 420, `${moved}`);
});

test('a limit keeps the first images', async () => {
  assert.equal(await numbers(limitSplit(small(9), 4)), [0, 1, 2, 3]);
  assert.equal([...limitSplit(small(9), 4).labels], [0, 1, 2, 0]);
  const split = small(9);
  assert.is(limitSplit(split, 9), split);
  assert.is(limitSplit(split, 100), split);
  assert.is(limitSplit(split, undefined), split);
});

test('a validation split takes its share at random and leaves the rest', async () => {
  const { train, validation } = splitValidation(small(100), 0.2, 1);
  assert.equal([train.count, validation.count], [80, 20]);
  const [rest, taken] = [await numbers(train), await numbers(validation)];
  assert.equal(
    [...rest, ...taken].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.equal(
    [...validation.labels],
    taken.map((i) => i % 3),
  );
  assert.not.equal(
    taken,
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.equal(await numbers(splitValidation(small(100), 0.2, 1).validation), taken);
  assert.not.equal(await numbers(splitValidation(small(100), 0.2, 2).validation), taken);
  assert.is(splitValidation(small(100), 0, 1).validation.count, 0);
});

test('splits of splits still read the right images', async () => {
  const half = limitSplit(small(50), 25);
  const { validation } = splitValidation(half, 0.4, 3);
  const taken = await numbers(validation);
  assert.is(taken.length, 10);
  assert.ok(taken.every((i) => i < 25));
  assert.equal(await numbers(limitSplit(validation, 2)), taken.slice(0, 2));
});

test('dropout masks keep 1 - rate of the values', () => {
  for (const rate of [0, 0.1, 0.25, 0.5, 0.9, 1]) {
    const mask = dropoutMasks([{ name: 'a', rate, shape: [10, 10, 32] }], {
      seed: 1,
      step: 0,
      batchSize: 8,
    }).get('a')!;
    assert.is(mask.length, 8 * 3_200);
    assert.ok(mask.every((value) => value === 0 || value === 1));
    const kept = mask.reduce((sum, value) => sum + value, 0) / mask.length;
    // Four standard deviations.
    assert.ok(
      Math.abs(kept - (1 - rate)) <= 4 * Math.sqrt((rate * (1 - rate)) / mask.length),
      `${rate}: ${kept}`,
    );
  }
});

test('dropout masks are the same for the same seed, step and layer, and no others', () => {
  const make = (name: string, seed: number, step: number) =>
    dropoutMasks([{ name, rate: 0.5, shape: [33] }], { seed, step, batchSize: 3 }).get(name)!;
  const mask = make('a', 1, 5);
  // An odd number of values, of which two come from one draw.
  assert.is(mask.length, 99);
  assert.equal(make('a', 1, 5), mask);
  assert.not.equal(make('b', 1, 5), mask);
  assert.not.equal(make('a', 2, 5), mask);
  assert.not.equal(make('a', 1, 6), mask);
  const both = dropoutMasks(
    [
      { name: 'b', rate: 0.2, shape: [7] },
      { name: 'a', rate: 0.5, shape: [33] },
    ],
    { seed: 1, step: 5, batchSize: 3 },
  );
  assert.equal([...both.keys()], ['b', 'a']);
  assert.equal(both.get('a'), mask);
});

test.run();
