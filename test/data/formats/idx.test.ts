import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { readIdx } from '../../../src/data/formats/idx.js';
import { readIdxDataset } from '../../../src/data/formats/idx-dataset.js';
import { idx, noise, smallFiles, thrown } from '../../support/files/small-data.js';
import { withFolder } from '../../support/folders.js';

const IMAGES = idx(
  [2, 4, 3],
  Uint8Array.from({ length: 24 }, (_, i) => i),
);
const LABELS = idx([5], Uint8Array.of(0, 1, 2, 1, 0));
const remedy = 'delete it';

test('reads images and labels, plain and gzipped whatever their names say', () =>
  withFolder(async (folder) => {
    for (const [name, bytes] of [
      ['plain.gz', IMAGES],
      ['zipped', gzipSync(IMAGES)],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const file = await readIdx(path, { holds: 'images', remedy });
      assert.equal(file.shape, [2, 4, 3]);
      assert.equal([...file.data], [...IMAGES.subarray(16)]);
      assert.is(file.sha256, createHash('sha256').update(IMAGES).digest('hex'));
    }
    writeFileSync(join(folder, 'labels'), LABELS);
    const labels = await readIdx(join(folder, 'labels'), { holds: 'labels', remedy });
    assert.equal(labels.shape, [5]);
    assert.equal([...labels.data], [0, 1, 2, 1, 0]);
  }));

test('reads a file of many chunks', () =>
  withFolder(async (folder) => {
    const pixels = noise(3_000 * 28 * 28);
    const path = join(folder, 'images');
    writeFileSync(path, gzipSync(idx([3_000, 28, 28], pixels)));
    const file = await readIdx(path, { holds: 'images', remedy });
    assert.is(Buffer.compare(file.data, pixels), 0);
  }));

/** Each: what is wrong, the bytes, what the file should hold, the message after the path. */
const BAD: readonly (readonly [string, Buffer, 'images' | 'labels', string])[] = [
  ['nothing', Buffer.alloc(0), 'images', 'is empty: expected an IDX file of images; delete it.'],
  [
    'a web page',
    Buffer.from('<!doctype html><title>404</title>'),
    'images',
    'is no IDX file of images: expected it to begin with 00 00 08 03, got 3c 21 64 6f, perhaps a web page; delete it.',
  ],
  [
    'labels for images',
    LABELS,
    'images',
    'holds labels (it begins with 00 00 08 01) where images (00 00 08 03) were expected, as if the two files were ' +
      'swapped: rename them, or delete it.',
  ],
  [
    'images for labels',
    gzipSync(IMAGES),
    'labels',
    'holds images (it begins with 00 00 08 03) where labels (00 00 08 01) were expected, as if the two files were ' +
      'swapped: rename them, or delete it.',
  ],
  [
    'floats',
    Buffer.concat([Buffer.of(0, 0, 0x0d, 3), IMAGES.subarray(4)]),
    'images',
    'holds float32 values, but cnnzoo reads images as unsigned bytes in 3 dimensions (count, height, width).',
  ],
  [
    'half a header',
    IMAGES.subarray(0, 10),
    'images',
    'is cut short: expected a header of 16 bytes, got 10; delete it.',
  ],
  [
    'no images',
    idx([0, 28, 28], new Uint8Array()),
    'images',
    'holds nothing: its header announces 0 images of 28x28 (0 bytes); delete it.',
  ],
  [
    'a cut file',
    IMAGES.subarray(0, 30),
    'images',
    'is cut short or damaged: its header announces 2 images of 4x3 (24 bytes), more than the file can hold; delete it.',
  ],
  [
    'a header that asks for 64 GB',
    gzipSync(idx([1_000_000, 256, 256], new Uint8Array(100))),
    'images',
    'is cut short or damaged: its header announces 1,000,000 images of 256x256 (65,536,000,000 bytes), more than ' +
      'the file can hold; delete it.',
  ],
  [
    'a gzipped file that was cut before it was zipped',
    gzipSync(IMAGES.subarray(0, 30)),
    'images',
    'is cut short: expected 2 images of 4x3 (24 bytes), got 14 bytes; delete it.',
  ],
  [
    'more than announced',
    Buffer.concat([LABELS, Buffer.from('tail')]),
    'labels',
    'is too long: expected 5 labels (5 bytes), and 4 more bytes follow; delete it.',
  ],
];

for (const [what, bytes, holds, message] of BAD)
  test(`refuses ${what}`, () =>
    withFolder(async (folder) => {
      const path = join(folder, 'file.gz');
      writeFileSync(path, bytes);
      const error = await thrown(readIdx(path, { holds, remedy }));
      assert.instance(error, WorkError);
      assert.is(error.message, `${path} ${message}`);
    }));

test('refuses gzip streams that are cut short, damaged or have a tail', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'file.gz');
    const zipped = gzipSync(idx([100, 28, 28], noise(78_400)));
    const messageOf = async (bytes: Buffer): Promise<string> => {
      writeFileSync(path, bytes);
      return (await thrown(readIdx(path, { holds: 'images', remedy }))).message;
    };
    assert.match(
      await messageOf(zipped.subarray(0, 60_000)),
      /file\.gz is cut short: its gzip stream ends after [\d,]+ (of 78,400 )?bytes; delete it\.$/,
    );
    const damaged = Buffer.from(zipped);
    damaged[damaged.length - 6]! ^= 1;
    assert.match(
      await messageOf(damaged),
      /file\.gz is damaged: its gzip stream breaks \(incorrect data check\) after [\d,]+ (of 78,400 )?bytes; delete it\.$/,
    );
    assert.match(
      await messageOf(Buffer.concat([zipped, Buffer.from('tail')])),
      /file\.gz is (damaged|too long): /,
    );
    assert.match(
      await messageOf(Buffer.concat([zipped, gzipSync('tail')])),
      /file\.gz is too long: expected 100 images of 28x28 \(78,400 bytes\), and 4 more bytes follow; delete it\.$/,
    );
  }));

test('refuses what cannot be opened or read', () =>
  withFolder(async (folder) => {
    const missing = join(folder, 'missing');
    const expectation = { holds: 'images', remedy } as const;
    assert.is(
      (await thrown(readIdx(missing, expectation))).message,
      `${missing} could not be opened (ENOENT); delete it.`,
    );
    const directory = join(folder, 'directory.gz');
    mkdirSync(directory);
    assert.is(
      (await thrown(readIdx(directory, expectation))).message,
      `${directory} could not be read (EISDIR); delete it.`,
    );
  }));

/** Reads four files of which some were replaced; with the folder they lie in. */
async function readSet(folder: string, changed: Partial<ReturnType<typeof smallFiles>>, classes?: string[]) {
  const files = { ...smallFiles(), ...changed };
  const paths = {
    trainImages: join(folder, 'a'),
    trainLabels: join(folder, 'b'),
    testImages: join(folder, 'c'),
    testLabels: join(folder, 'd'),
  };
  for (const role of Object.keys(paths) as (keyof typeof paths)[]) writeFileSync(paths[role], files[role]);
  return readIdxDataset(paths, { name: 'small', classes, origin: folder, remedy });
}

test('a data set of four files keeps its bytes and is known by its content', () =>
  withFolder(async (folder) => {
    const { dataset } = await readSet(folder, {});
    assert.equal(dataset.shape, [4, 3, 1]);
    assert.equal(dataset.classes, ['0', '1', '2']);
    assert.equal([...dataset.train.labels], [0, 1, 2, 0, 1, 2, 0]);
    assert.is(dataset.test.count, 4);
    const out = new Uint8Array(24);
    dataset.train.read(Uint32Array.of(6, 1), out);
    assert.equal(
      [...out],
      [...Array.from({ length: 12 }, (_, i) => 72 + i), ...Array.from({ length: 12 }, (_, i) => 12 + i)],
    );
    assert.match(dataset.identity, /^sha256:[0-9a-f]{64}$/);
    const other = await readSet(folder, { testImages: smallFiles({ first: 1 }).testImages });
    assert.is.not(other.dataset.identity, dataset.identity);
    assert.is((await readSet(folder, {})).dataset.identity, dataset.identity);
  }));

test('refuses files that do not belong together', () =>
  withFolder(async (folder) => {
    const messageOf = async (changed: Partial<ReturnType<typeof smallFiles>>) =>
      (await thrown(readSet(folder, changed, ['cat', 'dog', 'owl']))).message;
    assert.is(
      await messageOf({ trainLabels: smallFiles({ train: 6 }).trainLabels }),
      `${folder}/b holds 6 labels, but expected 7, one for each image of ${folder}/a; delete it.`,
    );
    assert.is(
      await messageOf({ testLabels: idx([4], Uint8Array.of(0, 1, 3, 2)) }),
      `${folder}/d gives image 2 the label 3, but expected 0 to 2; delete it.`,
    );
    assert.is(
      await messageOf({ testImages: idx([4, 3, 4], new Uint8Array(48)) }),
      `${folder}/c holds images of 3x4, but expected 4x3 as in ${folder}/a; delete it.`,
    );
  }));

test.run();
