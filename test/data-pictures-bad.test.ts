import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadDataset } from '../src/data/index.js';
import { WorkError } from '../src/errors.js';
import {
  classOf,
  damaged,
  hugePng,
  imagesOf,
  load,
  messageOf,
  PIXEL,
  photo,
  png,
  reds,
  writeTree,
} from './fixtures/data/pictures.js';
import { request, thrown, withFolder } from './fixtures/data/small.js';

/** Two sound classes of three pictures, and pictures that are not sound, each in its way. */
async function unsound(): Promise<Record<string, Buffer | string>> {
  const [jpeg, webp, image] = [
    await photo().jpeg().toBuffer(),
    await photo().webp().toBuffer(),
    await photo().png().toBuffer(),
  ];
  return {
    ...(await classOf('cats', 3, 0)),
    ...(await classOf('dogs', 3, 0)),
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
        'train without them by leaving out --strict.',
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
      assert.is(said[0]?.kind, 'warning', path);
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
      `None of the 5 pictures in ${root} can be used: cats/1.png is empty, cats/2.png is no JPEG, PNG or WebP file, ` +
        'dogs/1.png is empty and 2 more.',
    );
    writeTree(root, { 'dogs/1.png': await png(1) });
    assert.is(
      await messageOf(root),
      `${root} has no picture of the class cats that can be used: cats/1.png is empty and cats/2.png is no JPEG, PNG ` +
        'or WebP file.',
    );
  }));

/** A picture whose damage only decoding shows: its beginning and its end are sound. */
async function damagedInside(): Promise<Buffer> {
  return damaged(await photo().png().toBuffer());
}

test('a picture that turns out to be damaged is replaced by the next of its class, always the same', () =>
  withFolder(async (root) => {
    const test = { ...(await classOf('test/a', 1, 0)), ...(await classOf('test/b', 1, 0)) };
    writeTree(root, { ...(await classOf('train/a', 6, 10)), ...(await classOf('train/b', 6, 20)), ...test });
    const before = (await load(root)).dataset;
    const sound = await reds(before.train);
    writeTree(root, { 'train/a/3.png': await damagedInside() });
    const place = sound.indexOf(13);
    const next = [...sound.slice(place + 1), ...sound].find((red) => red < 20 && red !== 13)!;
    // Whatever is read first.
    for (const indices of [[place], [place, sound.indexOf(next)], [sound.indexOf(next), place, place]]) {
      const { request: wanted, notices } = request(root, PIXEL);
      const { train, identity } = await loadDataset(wanted);
      assert.is.not(identity, before.identity);
      const out = new Uint8Array(indices.length * 3);
      await train.read(Uint32Array.from(indices), out);
      assert.is(out[indices.indexOf(place) * 3], next);
      assert.equal(
        notices.filter(({ kind }) => kind === 'warning'),
        [
          {
            kind: 'warning',
            message: `${root}/train/a/3.png is cut short or damaged; another picture of its class takes its place.`,
          },
        ],
      );
    }
  }));

test('damage that shows late is an error with strict, and where a class has nothing else', () =>
  withFolder(async (root) => {
    const inside = await damagedInside();
    const test = { ...(await classOf('test/a', 1, 0)), ...(await classOf('test/b', 1, 0)) };
    writeTree(root, {
      'train/a/1.png': inside,
      'train/a/2.png': inside,
      ...(await classOf('train/b', 2, 0)),
      ...test,
    });
    const { dataset } = await load(root);
    const index = dataset.train.labels.indexOf(0);
    const read = (train = dataset.train) =>
      thrown(Promise.resolve(train.read(Uint32Array.of(index), new Uint8Array(3))));
    assert.match(
      (await read()).message,
      new RegExp(`^${root} has no undamaged picture of the class of ${root}/train/a/[12].png.$`),
    );
    const strict = (await load(root, { strict: true })).dataset;
    assert.match(
      (await read(strict.train)).message,
      new RegExp(
        `^${root}/train/a/[12].png is cut short or damaged; mend or remove it, or train without it by leaving out --strict.$`,
      ),
    );
  }));

test('of many that turn out to be damaged only a few are named', () =>
  withFolder(async (root) => {
    const inside = await damagedInside();
    const bad = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`train/a/x${i}.png`, inside]));
    const test = { ...(await classOf('test/a', 1, 0)), ...(await classOf('test/b', 1, 0)) };
    writeTree(root, {
      ...(await classOf('train/a', 2, 10)),
      ...(await classOf('train/b', 2, 20)),
      ...bad,
      ...test,
    });
    const { request: wanted, notices } = request(root, PIXEL);
    const { train } = await loadDataset(wanted);
    assert.equal(new Set(await reds(train)), new Set([10, 11, 20, 21]));
    const warnings = notices.flatMap((notice) => (notice.kind === 'warning' ? [notice.message] : []));
    assert.is(warnings.length, 3);
    assert.match(warnings[2]!, / takes its place\. More of the kind will not be mentioned\.$/);
  }));

test('a picture that goes away during a run ends it', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 4, 0)), ...(await classOf('b', 4, 0)) });
    const { dataset } = await load(root);
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
