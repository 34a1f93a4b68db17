import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batches, epochOrder } from '../../../src/data/batches/batches.js';
import { cacheFiles, totalBytes } from '../../../src/data/cache/cache-files.js';
import { prepareAugmentation } from '../../../src/data/index.js';
import type { DatasetRequest } from '../../../src/data/sets/dataset.js';
import { augmentationSchema } from '../../../src/recipe/augmentation.js';
import { ROOT } from '../../support/cli.js';
import { damaged, imagesOf, load, photo } from '../../support/files/pictures.js';
import { temporaryFolder, withFolder, writeTree } from '../../support/folders.js';
import { outcomeOf } from '../../support/processes.js';

const SHAPE = [32, 32, 3] as const;
const BYTES = 32 * 32 * 3;
const COUNT = 60;
const root = temporaryFolder();
for (let i = 0; i < COUNT; i++) {
  const name = `${i < 40 ? 'train' : 'test'}/${i % 2 === 0 ? 'even' : 'odd'}/${i}.jpg`;
  writeTree(root, { [name]: await photo(i).jpeg().toBuffer() });
}

const loaded = (rest: Partial<DatasetRequest>) => load(root, { shape: SHAPE, classes: 2, ...rest });

const textOf = (said: readonly { readonly message: string }[]): string =>
  said.map(({ message }) => message).join('\n');

/** The SHA-256 of the augmented batches of two epochs. */
async function batchesOf(rest: Partial<DatasetRequest>): Promise<string> {
  const { train } = (await loaded(rest)).dataset;
  const settings = augmentationSchema.parse({ shift: 2, flip: true, rotation: 10, zoom: 0.1 });
  const augment = await prepareAugmentation(settings, train, { shape: SHAPE, seed: 3 });
  const hash = createHash('sha256');
  for (const epoch of [1, 2]) {
    const order = epochOrder(train.count, 3, epoch);
    const made = batches(train, { batchSize: 7, shape: SHAPE, order, augment: augment?.(epoch) });
    for await (const { pixels, labels } of made) hash.update(pixels).update(labels);
  }
  return hash.digest('hex');
}

test('batches are the same bytes, whichever way their pictures come', () =>
  withFolder(async (cacheFolder) => {
    const decoded = await batchesOf({ memoryBytes: 0, cacheBytes: 0 });
    for (const [memoryBytes, cacheBytes] of [
      [1e9, 0],
      [10 * BYTES, 0],
      [0, 1e9],
      // Again, from what lies there now.
      [0, 1e9],
      [10 * BYTES, 1e9],
    ] as const)
      assert.is(await batchesOf({ memoryBytes, cacheBytes, cacheFolder }), decoded);
    assert.ok(totalBytes(await cacheFiles(cacheFolder)) > COUNT * BYTES);
  }));

test('a cached picture is not decoded again', () =>
  withFolder(async (folder) => {
    const [pictures, cacheFolder] = [join(folder, 'pictures'), join(folder, 'cache')];
    const noise = Buffer.from(Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => (i * i * 31) >> 3));
    const large = await sharp(noise, { raw: { width: 128, height: 128, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const small = await photo().png().toBuffer();
    for (const part of ['train', 'test'])
      writeTree(join(pictures, part), { 'a/0.png': small, 'a/1.png': large, 'b/0.png': small });
    const from = (cacheBytes: number) =>
      load(pictures, { shape: SHAPE, classes: 2, memoryBytes: 0, cacheFolder, cacheBytes });
    const before = (await from(1e9)).dataset;
    // Damage between what is looked at of every file, with its time of change as it was: nobody sees it but who decodes it.
    const path = join(pictures, 'train/a/1.png');
    const { mtime } = statSync(path);
    writeFileSync(path, damaged(large));
    utimesSync(path, new Date(0), new Date(0));
    assert.match(textOf((await from(1e9)).said), 'a/1.png is cut short or damaged');
    writeFileSync(path, large);
    utimesSync(path, mtime, mtime);
    await from(1e9);
    writeFileSync(path, damaged(large));
    utimesSync(path, mtime, mtime);
    const after = (await from(1e9)).dataset;
    assert.equal(await imagesOf(after.train, BYTES), await imagesOf(before.train, BYTES));
    assert.is(after.identity, before.identity);
    assert.match(textOf((await from(0)).said), 'a/1.png is cut short or damaged');
  }));

test('a picture that was changed since is decoded anew', () =>
  withFolder(async (cacheFolder) => {
    const path = join(root, 'train/even/0.jpg');
    const own = readFileSync(path);
    const black = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#000' } })
      .jpeg()
      .toBuffer();
    try {
      const { train } = (await loaded({ memoryBytes: 0, cacheFolder })).dataset;
      const index = Array.from({ length: train.count }, (_, i) => i).find((i) => train.nameOf!(i) === path)!;
      const out = new Uint8Array(BYTES);
      writeFileSync(path, black);
      const changed = (await loaded({ memoryBytes: 0, cacheFolder })).dataset.train;
      await changed.read(Uint32Array.of(index), out);
      assert.is(Math.max(...out), 0);
      writeFileSync(path, damaged(await photo().png().toBuffer()));
      const { said } = await loaded({ memoryBytes: 0, cacheFolder });
      assert.match(textOf(said), '0.jpg is cut short or damaged');
    } finally {
      writeFileSync(path, own);
    }
  }));

test('pictures of another size, of another rule and in grey are cached apart', () =>
  withFolder(async (cacheFolder) => {
    const resize = { shorter: 40, crop: 32, interpolation: 'bilinear' } as const;
    const ways = [{}, { shape: [16, 16, 3] }, { shape: [32, 32, 1] }, { resize }] as const;
    for (const _ of ['written', 'read'])
      for (const way of ways) {
        const bytes = 'shape' in way ? way.shape[0] * way.shape[1] * way.shape[2] : BYTES;
        const cached = (await loaded({ memoryBytes: 0, cacheFolder, ...way })).dataset;
        const fresh = (await loaded({ memoryBytes: 0, cacheBytes: 0, ...way })).dataset;
        assert.equal(await imagesOf(cached.test, bytes), await imagesOf(fresh.test, bytes));
      }
    const folders = new Set((await cacheFiles(cacheFolder)).map(({ path }) => path.split(/[/\\]/).at(-2)));
    assert.is(folders.size, ways.length);
  }));

test('a small folder is not cached unless that is asked for', async () => {
  const before = process.env.XDG_CACHE_HOME;
  await withFolder(async (cache) => {
    process.env.XDG_CACHE_HOME = cache;
    try {
      await loaded({ memoryBytes: 0 });
      assert.equal(await cacheFiles(join(cache, 'cnnzoo', 'pictures')), []);
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });
});

test('two processes at once read the same bytes and keep them once', () =>
  withFolder(async (cacheFolder) => {
    const program = join(ROOT, 'test/support/files/read-batches.ts');
    const register = pathToFileURL(join(ROOT, 'test/support/register.js')).href;
    const run = (bytes: number) =>
      outcomeOf(spawn(process.execPath, ['--import', register, program, root, cacheFolder, String(bytes)]));
    const alone = await run(0);
    assert.is(alone.code, 0, alone.stderr);
    for (const outcome of await Promise.all([run(1e9), run(1e9)]))
      assert.equal(outcome, { code: 0, signal: null, stdout: alone.stdout, stderr: '' });
    const kept = totalBytes(await cacheFiles(cacheFolder));
    assert.ok(kept >= COUNT * BYTES && kept < 1.2 * COUNT * BYTES, `${kept} bytes`);
  }));

test.run();
