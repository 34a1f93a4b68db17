import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import { augmentImage } from '../../../src/data/batches/augment.js';
import { eigen, principalColours } from '../../../src/data/batches/principal-colours.js';
import { type Placement, resample } from '../../../src/data/batches/resample.js';
import {
  batches,
  contactSheet,
  memorySplit,
  prepareAugmentation,
  variations,
} from '../../../src/data/index.js';
import {
  type Augmentation,
  augmentationSchema,
  describeAugmentation,
} from '../../../src/recipe/augmentation.js';
import { noise } from '../../support/files/small-data.js';

type Shape = readonly [number, number, number];

const STILL: Placement = { right: 0, down: 0, mirrored: false, angle: 0, scale: 1 };

function settings(some: Partial<Augmentation>): Augmentation {
  return augmentationSchema.parse(some);
}

function placed(image: readonly number[], shape: Shape, placement: Partial<Placement>): number[] {
  const out = new Uint8Array(image.length);
  resample(Uint8Array.from(image), out, shape, { ...STILL, ...placement });
  return [...out];
}

/** A variation of an image of noise, the `step`th. */
function varied(shape: Shape, some: Partial<Augmentation>, step: number): Uint8Array {
  const image = noise(shape[0] * shape[1] * shape[2]);
  const out = new Uint8Array(image.length);
  augmentImage(image, out, { shape, settings: settings(some), random: randomStream(1, 'test', step) });
  return out;
}

test('the settings have defaults that change nothing, and limits', () => {
  assert.equal(settings({}), { shift: 0, flip: false, rotation: 0, zoom: 0, lighting: 0 });
  assert.is(describeAugmentation(settings({})), 'none');
  assert.is(
    describeAugmentation(settings({ shift: 4, flip: true, lighting: 0.1 })),
    'shift 4, flip, lighting 0.1',
  );
  assert.is(describeAugmentation(settings({ rotation: 10, zoom: 0.1 })), 'rotation 10, zoom 0.1');
  for (const wrong of [{ shift: -1 }, { zoom: 1 }, { rotation: 181 }, { lighting: -0.1 }, { flips: true }])
    assert.not(augmentationSchema.safeParse(wrong).success);
});

test('moving repeats the edge, mirroring changes left and right', () => {
  const image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const shape = [3, 3, 1] as const;
  assert.equal(placed(image, shape, {}), image);
  assert.equal(placed(image, shape, { right: 1 }), [1, 1, 2, 4, 4, 5, 7, 7, 8]);
  assert.equal(placed(image, shape, { right: -2, down: 1 }), [3, 3, 3, 3, 3, 3, 6, 6, 6]);
  assert.equal(placed(image, shape, { mirrored: true }), [3, 2, 1, 6, 5, 4, 9, 8, 7]);
  // First mirrored, then moved.
  assert.equal(placed(image, shape, { mirrored: true, right: 1 }), [3, 3, 2, 6, 6, 5, 9, 9, 8]);
  const colours = [10, 11, 12, 20, 21, 22];
  assert.equal(placed(colours, [1, 2, 3], { mirrored: true }), [20, 21, 22, 10, 11, 12]);
  assert.equal(placed(colours, [2, 1, 3], { down: -1 }), [20, 21, 22, 20, 21, 22]);
});

test('turning by right angles and scaling by whole factors can be checked by hand', () => {
  const image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const shape = [3, 3, 1] as const;
  const quarter = Math.PI / 2;
  assert.equal(placed(image, shape, { angle: quarter }), [7, 4, 1, 8, 5, 2, 9, 6, 3]);
  assert.equal(placed(image, shape, { angle: -quarter }), [3, 6, 9, 2, 5, 8, 1, 4, 7]);
  assert.equal(placed(image, shape, { angle: 2 * quarter }), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  assert.equal(placed(image, shape, { angle: quarter, mirrored: true }), [9, 6, 3, 8, 5, 2, 7, 4, 1]);
  assert.equal(placed(image, shape, { angle: quarter, down: 1 }), [7, 4, 1, 7, 4, 1, 8, 5, 2]);
  // Half way between pixels lies their mean; what is outside repeats the edge.
  assert.equal(placed([0, 10, 20, 30, 40], [1, 5, 1], { scale: 2 }), [10, 15, 20, 25, 30]);
  assert.equal(placed([0, 10, 20, 30, 40], [1, 5, 1], { scale: 0.5 }), [0, 0, 20, 40, 40]);
  const two = [0, 100, 10, 90, 20, 80, 30, 70, 40, 60];
  assert.equal(placed(two, [1, 5, 2], { scale: 2 }), [10, 90, 15, 85, 20, 80, 25, 75, 30, 70]);
});

test('turning and zooming without a turn or a zoom is copying', () => {
  const image = [...noise(8 * 6 * 3)];
  for (const placement of [{}, { right: 2, down: -1 }, { mirrored: true, right: -1 }])
    assert.equal(
      placed(image, [8, 6, 3], { ...placement, angle: 1e-9, scale: 1 }),
      placed(image, [8, 6, 3], placement),
    );
});

test('a variation depends on its random stream alone', () => {
  const all = { shift: 2, flip: true, rotation: 20, zoom: 0.2 };
  const shape = [9, 7, 3] as const;
  assert.equal(varied(shape, all, 1), varied(shape, all, 1));
  assert.not.equal(varied(shape, all, 1), varied(shape, all, 2));
  assert.equal(varied(shape, {}, 1), noise(9 * 7 * 3));
});

test('every shift, up to the largest and no farther, and either side come up', () => {
  const shape = [12, 12, 1] as const;
  const image = noise(144);
  const seen = (some: Partial<Augmentation>): Set<string> =>
    new Set(
      Array.from({ length: 400 }, (_, step) => {
        const out = new Uint8Array(144);
        augmentImage(image, out, { shape, settings: settings(some), random: randomStream(1, 'test', step) });
        return out.join();
      }),
    );
  const shifts = (most: number): Set<string> => {
    const all = new Set<string>();
    for (let right = -most; right <= most; right++)
      for (let down = -most; down <= most; down++) all.add(placed([...image], shape, { right, down }).join());
    return all;
  };
  assert.equal([...seen({ shift: 2 })].sort(), [...shifts(2)].sort());
  // A share of the side: 0.1 of 12 pixels is one.
  assert.equal([...seen({ shift: 0.1 })].sort(), [...shifts(1)].sort());
  assert.is(seen({ flip: true }).size, 2);
});

test('eigenvectors and the roots of eigenvalues are right', () => {
  const { directions, deviations } = eigen([
    [4, 1, 0],
    [1, 3, 1],
    [0, 1, 2],
  ]);
  // The characteristic polynomial is (x - 3)(x^2 - 6x + 6).
  const expected = [3 + Math.sqrt(3), 3, 3 - Math.sqrt(3)].map(Math.sqrt);
  deviations.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-12);
  });
  directions.forEach((a, i) => {
    directions.forEach((b, j) => {
      const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-12);
    });
  });
  assert.equal(eigen([[9]]), { directions: [[1]], deviations: [3] });
});

test('the principal colours of images are found', async () => {
  // Grey varies with a deviation of 30, and red against blue with one of 10; green does nothing else.
  const random = randomStream(1, 'colours');
  const count = 20;
  const pixels = new Uint8Array(count * 16 * 16 * 3);
  for (let i = 0; i < pixels.length; i += 3) {
    const [grey, tint] = [128 + 30 * random.normal(), 10 * random.normal()];
    pixels.set(
      [grey + tint, grey, grey - tint].map((value) => Math.min(255, Math.max(0, Math.round(value)))),
      i,
    );
  }
  const { directions, deviations } = await principalColours(
    memorySplit(pixels, new Int32Array(count), 16 * 16 * 3),
    [16, 16, 3],
  );
  const close = (actual: readonly number[], expected: readonly number[], most: number): void => {
    actual.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) < most, `expected [${expected}], got [${actual}]`);
    });
  };
  close(deviations, [30 * Math.sqrt(3), 10 * Math.sqrt(2), 0.41], 1);
  close(directions[0]!, [Math.sqrt(1 / 3), Math.sqrt(1 / 3), Math.sqrt(1 / 3)], 0.03);
  close(directions[1]!.map(Math.abs), [Math.sqrt(1 / 2), 0, Math.sqrt(1 / 2)], 0.03);
});

test('lighting adds one colour to all pixels, as strongly as it should on average', () => {
  const colours = {
    directions: [
      [0.6, 0.8, 0],
      [0, 0, 1],
      [0.8, -0.6, 0],
    ],
    deviations: [100, 20, 0],
  };
  const image = new Uint8Array(6).fill(128);
  const [sum, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  const runs = 4_000;
  for (let step = 0; step < runs; step++) {
    const out = new Uint8Array(6);
    const random = randomStream(1, 'light', step);
    augmentImage(image, out, { shape: [1, 2, 3], settings: settings({ lighting: 0.1 }), colours, random });
    assert.equal([...out.subarray(0, 3)], [...out.subarray(3)]);
    for (let c = 0; c < 3; c++) {
      sum[c]! += out[c]! - 128;
      squares[c]! += (out[c]! - 128) ** 2;
    }
  }
  const deviations = squares.map((value) => Math.sqrt(value / runs));
  [6, 8, 2].forEach((expected, c) => {
    assert.ok(Math.abs(sum[c]! / runs) < 0.5);
    assert.ok(Math.abs(deviations[c]! - expected) < 0.05 * expected + 0.1, `${deviations}`);
  });
  // Black and white are as far as it goes.
  const edge = new Uint8Array(3);
  augmentImage(Uint8Array.of(0, 255, 255), edge, {
    shape: [1, 1, 3],
    settings: settings({ lighting: 10 }),
    colours: { directions: [[-1, 1, 1]], deviations: [1000] },
    random: { ...randomStream(1, 'x'), normal: () => 1 },
  });
  assert.equal([...edge], [0, 255, 255]);
});

/** 40 images of 8x8x3. */
function photos() {
  const bytes = 8 * 8 * 3;
  return memorySplit(
    noise(40 * bytes),
    Int32Array.from({ length: 40 }, (_, i) => i),
    bytes,
  );
}

test('an epoch varies an image in one way, whatever batch it comes in; another epoch in another', async () => {
  const [split, shape] = [photos(), [8, 8, 3] as const];
  const all = settings({ shift: 2, flip: true, rotation: 10, zoom: 0.1, lighting: 0.1 });
  const seen = async (epoch: number, batchSize: number, seed = 1): Promise<string[]> => {
    const augment = (await prepareAugmentation(all, split, { shape, seed }))!(epoch);
    const order = Uint32Array.from({ length: 30 }, (_, i) => (i * 7) % 40);
    const images: string[] = [];
    for await (const { pixels, labels, count } of batches(split, { batchSize, shape, order, augment }))
      for (let i = 0; i < count; i++) images[labels[i]!] = pixels.subarray(i * 192, (i + 1) * 192).join();
    return images;
  };
  const first = await seen(1, 5);
  assert.equal(await seen(1, 5), first);
  assert.equal(await seen(1, 16), first);
  const different = (others: string[]) => others.filter((image, i) => image !== first[i]).length;
  assert.is(different(await seen(2, 5)), 30);
  assert.is(different(await seen(1, 5, 2)), 30);
  // The data itself stays as it is.
  const out = new Uint8Array(40 * 192);
  await split.read(
    Uint32Array.from({ length: 40 }, (_, i) => i),
    out,
  );
  assert.equal(out, noise(40 * 192));
});

test('without any change nothing is prepared', async () => {
  assert.is(await prepareAugmentation(settings({}), photos(), { shape: [8, 8, 3], seed: 1 }), undefined);
});

test('a sheet shows images and their variations', async () => {
  const shape = [8, 8, 3] as const;
  const split = photos();
  const augment = (await prepareAugmentation(settings({ shift: 2 }), split, { shape, seed: 1 }))!;
  const rows = await variations(split, [3, 5], augment, { shape, epochs: 4 });
  const png = await contactSheet(rows, { shape, scale: 2 });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  // Five images of 16 pixels a row, four pixels between them and around.
  assert.equal([info.width, info.height, info.channels], [5 * 20 + 4, 2 * 20 + 4, 3]);
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x + 1) * 3),
  ];
  assert.equal(pixel(0, 0), [255, 255, 255]);
  const image = noise(40 * 192).subarray(5 * 192, 6 * 192);
  // The second row begins with image 5; each of its pixels is two wide and two high.
  assert.equal(pixel(4, 24), [...image.subarray(0, 3)]);
  assert.equal(pixel(5, 25), [...image.subarray(0, 3)]);
  assert.equal(pixel(6, 26), [...image.subarray(27, 30)]);
  const varied = image.slice();
  augment(4)(5, varied);
  assert.equal(pixel(84, 24), [...varied.subarray(0, 3)]);
});

test('a sheet of grey images is grey, and small ones are enlarged', async () => {
  const sheet = await contactSheet([[new Uint8Array(28 * 28)], [new Uint8Array(28 * 28)]], {
    shape: [28, 28, 1],
  });
  const { width, height, channels } = await sharp(sheet).metadata();
  assert.equal([width, height, channels], [28 * 3 + 8, 2 * 28 * 3 + 12, 1]);
});

test.run();
