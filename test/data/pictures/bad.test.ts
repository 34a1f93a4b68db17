import '../../support/flags.js';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import {
  classOf,
  damaged,
  hugePng,
  imagesOf,
  load,
  messageOf,
  photo,
  png,
  reds,
} from '../../support/files/pictures.js';
import { thrown } from '../../support/files/small-data.js';
import { withFolder, writeTree } from '../../support/folders.js';

/** Two sound classes of three pictures, and pictures that are not sound, each in its way. */
async function unsound(): Promise<Record<string, Buffer | string>> {
  const [jpeg, webp, image] = [
    await photo().jpeg().toBuffer(),
    await photo().webp().toBuffer(),
    await photo().png().toBuffer(),
  ];
  return {
    ...(await classOf('cats', 3, 0)),
    ...(await classOf('dogs', 3, 10)),
    'cats/empty.jpg': '',
    'cats/huge.png': hugePng(20_000, 20_000),
    'cats/short.jpg': jpeg.subarray(0, jpeg.length / 2),
    'cats/text.png': 'hello',
    'dogs/short.png': image.subarray(0, image.length / 2),
    'dogs/short.webp': webp.subarray(0, webp.length / 2),
    'dogs/shorter.jpg': jpeg.subarray(0, 100),
  };
}

test('pictures that cannot be used are left out, with one warning that counts them', () =>
  withFolder(async (root) => {
    writeTree(root, await unsound());
    const { dataset, said } = await load(root);
    assert.is(dataset.train.count + dataset.test.count, 6);
    const warnings = said.filter(({ kind }) => kind === 'warning');
    assert.equal(warnings, [
      {
        kind: 'warning',
        message:
          `7 of 13 pictures in ${root} cannot be used and are left out: cats/empty.jpg is empty, cats/huge.png has ` +
          '20000x20000 pixels, more than the limit of 268,402,689, cats/short.jpg is cut short or damaged and 4 more.',
        damage: '7 of 13 pictures cannot be used',
      },
    ]);
  }));

test('with strict they are an error', () =>
  withFolder(async (root) => {
    writeTree(root, await unsound());
    assert.is(
      await messageOf(root, { strict: true }),
      `7 of 13 pictures in ${root} cannot be used: cats/empty.jpg is empty, cats/huge.png has 20000x20000 pixels, more ` +
        'than the limit of 268,402,689, cats/short.jpg is cut short or damaged and 4 more; mend or remove them, or ' +
        'go on without them by leaving out --strict.',
    );
  }));

test('each kind of damage is found', () =>
  withFolder(async (root) => {
    for (const [path, content] of Object.entries(await unsound())) {
      if (/\d/.test(path)) continue;
      rmSync(root, { recursive: true });
      mkdirSync(root);
      writeTree(root, {
        ...(await classOf('a', 2, 0)),
        ...(await classOf('b', 2, 0)),
        [path.replace(/.*\//, 'a/')]: content,
      });
      const { said } = await load(root);
      assert.ok(
        said.some((notice) => notice.kind === 'warning' && notice.damage !== undefined),
        path,
      );
    }
  }));

test('what is unusual in sound files is no damage', () =>
  withFolder(async (root) => {
    const jpeg = await photo().jpeg().toBuffer();
    const image = await photo().png().toBuffer();
    writeTree(root, {
      'a/progressive.jpg': await photo().jpeg({ progressive: true }).toBuffer(),
      'a/with more behind.jpg': Buffer.concat([jpeg, Buffer.alloc(10_000, 7)]),
      'a/with a profile.jpg': await photo().withIccProfile('cmyk').toColourspace('cmyk').jpeg().toBuffer(),
      'a/without its end mark.png': image.subarray(0, -12),
      'b/lossy.webp': await photo().webp().toBuffer(),
      'b/lossless.webp': await photo().webp({ lossless: true }).toBuffer(),
      'b/extended.webp': await photo().ensureAlpha(0.5).webp().toBuffer(),
      'b/a jpeg.png': jpeg,
    });
    const { dataset, said } = await load(root);
    assert.is(dataset.train.count + dataset.test.count, 8);
    assert.is(said.filter(({ kind }) => kind === 'warning').length, 0);
    await imagesOf(dataset.train, 3);
  }));

test('a folder, or a class, of which nothing can be used is an error', () =>
  withFolder(async (root) => {
    writeTree(root, {
      'cats/1.png': '',
      'cats/2.png': 'x',
      'dogs/1.png': '',
      'dogs/2.png': '',
      'dogs/3.png': '',
    });
    assert.is(
      await messageOf(root),
      `None of the 5 pictures in ${root} can be used: cats/1.png is empty, cats/2.png is no JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file, ` +
        'dogs/1.png is empty and 2 more.',
    );
    writeTree(root, { 'dogs/1.png': await png(1) });
    assert.is(
      await messageOf(root),
      `${root} has no picture of the class cats that can be used: cats/1.png is empty and cats/2.png is no JPEG, PNG, WebP, ` +
        'GIF, TIFF, AVIF or BMP file.',
    );
  }));

/** A picture whose damage only decoding shows: its beginning and its end are sound. */
async function damagedInside(): Promise<Buffer> {
  return damaged(await photo().png().toBuffer());
}

const warningsOf = (said: readonly { readonly kind: string; readonly message: string }[]): string[] =>
  said.filter(({ kind }) => kind === 'warning').map(({ message }) => message);

test('a picture that is damaged in its middle is left out before anything is read, in every part', () =>
  withFolder(async (root) => {
    for (const [i, part] of ['train', 'val', 'test'].entries())
      writeTree(root, {
        ...(await classOf(`${part}/a`, 4, 10 + 50 * i)),
        ...(await classOf(`${part}/b`, 4, 20 + 50 * i)),
      });
    const before = (await load(root)).dataset;
    const bad = await damagedInside();
    writeTree(root, { 'train/a/3.png': bad, 'val/b/1.png': bad, 'test/a/0.png': bad });
    for (const memoryBytes of [undefined, 0]) {
      const { dataset, said } = await load(root, { memoryBytes });
      const { train, validation, test } = dataset;
      const without = async (split: typeof train, red: number) =>
        (await reds(split)).filter((other) => other !== red);
      // All others are as they were, in the same order.
      assert.equal(await reds(train), await without(before.train, 13));
      assert.equal(await reds(validation!), await without(before.validation!, 71));
      assert.equal(await reds(test), await without(before.test, 110));
      assert.equal([train.labels.length, validation!.labels.length, test.labels.length], [7, 7, 7]);
      assert.equal(warningsOf(said), [
        `3 of 24 pictures in ${root} cannot be used and are left out: train/a/3.png is cut short or damaged, ` +
          'val/b/1.png is cut short or damaged and test/a/0.png is cut short or damaged.',
      ]);
    }
    assert.match(
      await messageOf(root, { strict: true }),
      /^3 of 24 pictures .*; mend or remove them, or go on /,
    );
  }));

test('a class that has only pictures damaged in their middle is an error', () =>
  withFolder(async (root) => {
    const bad = await damagedInside();
    writeTree(root, { 'train/a/1.png': bad, 'train/a/2.png': bad, ...(await classOf('train/b', 2, 0)) });
    writeTree(root, { ...(await classOf('test/a', 1, 30)), ...(await classOf('test/b', 1, 40)) });
    assert.is(
      await messageOf(root),
      `${root} has no picture of the class a that can be used: train/a/1.png is cut short or damaged and train/a/2.png ` +
        'is cut short or damaged.',
    );
  }));

test('only what will be read is decoded before: the first few sound pictures, and the parts that are asked for', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('train/a', 6, 10)), ...(await classOf('train/b', 6, 20)) });
    writeTree(root, { ...(await classOf('test/a', 2, 30)), ...(await classOf('test/b', 2, 40)) });
    const sound = (await load(root)).dataset;
    const order = await reds(sound.train);
    const first = `train/${order[0]! < 20 ? 'a' : 'b'}/${order[0]! % 10}.png`;
    writeTree(root, { [first]: await damagedInside() });
    const few = await load(root, { reads: () => ({ train: 3, validation: 0, test: 0 }) });
    assert.equal(await reds(few.dataset.train), order.slice(1, 4));
    assert.match(
      warningsOf(few.said)[0]!,
      `1 of 16 pictures in ${root} cannot be used and is left out: ${first} `,
    );
    const tested = await load(root, { reads: () => ({ train: 0, validation: 0, test: 4 }) });
    assert.equal(await reds(tested.dataset.test), await reds(sound.test));
    assert.equal(tested.said, []);
    // What was not decoded before is never replaced by another.
    assert.is(
      (await thrown(reds(tested.dataset.train))).message,
      `${root}/${first} is cut short or damaged, though it was sound when the run began; mend or remove it.`,
    );
    assert.is(tested.dataset.identity, few.dataset.identity);
  }));

test('a picture that goes away during a run ends it', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 4, 0)), ...(await classOf('b', 4, 0)) });
    const { dataset } = await load(root, { memoryBytes: 0 });
    rmSync(join(root, 'a'), { recursive: true });
    const error = await thrown(imagesOf(dataset.train, 3));
    assert.instance(error, WorkError);
    assert.match(
      error.message,
      new RegExp(
        `^${root}/a/\\d.png was there when the run began and cannot be read any more \\(ENOENT\\).$`,
      ),
    );
  }));

test.run();
