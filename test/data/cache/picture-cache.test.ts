import '../../support/flags.js';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ownerName, thisProcess } from '../../../src/base/machine/owner.js';
import { cacheFiles, emptyCache, totalBytes } from '../../../src/data/cache/cache-files.js';
import { packBytes } from '../../../src/data/cache/pack.js';
import { PictureCache } from '../../../src/data/cache/picture-cache.js';
import { ROOT } from '../../support/cli.js';
import { fill, smallDisk, unmount } from '../../support/files/disk.js';
import { withFolder } from '../../support/folders.js';
import { outcomeOf } from '../../support/processes.js';

/** Of a picture; ten of them fill a pack. */
const BYTES = 100;
const PACK = packBytes(10, BYTES);

async function opened(
  root: string,
  { form = 'form', bound = 1e9, pack = (10 * BYTES) as number | undefined } = {},
) {
  const said: string[] = [];
  const warn = (message: string) => void said.push(message);
  const cache = await PictureCache.open({
    root,
    form,
    imageBytes: BYTES,
    bound,
    packBytes: pack,
    warn,
  });
  return { cache, said };
}

/** The key of a picture, and its pixels. */
const keyOf = (i: number): string => Buffer.from(String(i).padStart(16, '0')).toString('base64');
const pixelsOf = (i: number): Uint8Array =>
  Uint8Array.from({ length: BYTES }, (_, at) => (i * 31 + at) % 251);

async function add(cache: PictureCache, first: number, count: number): Promise<void> {
  for (let i = first; i < first + count; i++) await cache.add(keyOf(i), pixelsOf(i));
  await cache.flush();
}

/** The numbers of the pictures, of so many, that come back as they were. */
async function found(cache: PictureCache, count: number): Promise<number[]> {
  const out = new Uint8Array(BYTES);
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) {
    if (!(await cache.read(keyOf(i), out))) continue;
    assert.equal(out, pixelsOf(i));
    numbers.push(i);
  }
  return numbers;
}

const upTo = (count: number, first = 0): number[] =>
  Array.from({ length: count - first }, (_, i) => first + i);

const packsOf = (root: string, form = 'form'): string[] =>
  readdirSync(join(root, form))
    .sort()
    .map((name) => join(root, form, name));

test('what one process has decoded comes back in the next, byte for byte', () =>
  withFolder(async (root) => {
    const first = await opened(root);
    assert.equal(await found(first.cache, 25), []);
    await add(first.cache, 0, 25);
    assert.equal(await found(first.cache, 25), upTo(25));
    assert.is(packsOf(root).length, 3);
    assert.is(totalBytes(await cacheFiles(root)), 2 * PACK + packBytes(5, BYTES));
    const second = await opened(root);
    assert.equal(await found(second.cache, 25), upTo(25));
    assert.equal([...first.said, ...second.said], []);
    assert.is((await opened(root, { form: 'other' })).cache.hashOf(keyOf(1)), undefined);
  }));

test('the bound holds; what was not used for longest goes first', () =>
  withFolder(async (root) => {
    const bound = 3 * PACK;
    for (const [age, form] of [
      [5000, 'old'],
      [9000, 'oldest'],
    ] as const) {
      await add((await opened(root, { form, bound })).cache, 0, 10);
      const then = Date.now() / 1000 - age;
      utimesSync(packsOf(root, form)[0]!, then, then);
    }
    const { cache, said } = await opened(root, { bound });
    await add(cache, 0, 10);
    assert.is(packsOf(root, 'oldest').length, 1);
    await add(cache, 10, 10);
    assert.equal([packsOf(root, 'oldest').length, packsOf(root, 'old').length], [0, 1]);
    await add(cache, 20, 10);
    assert.is(packsOf(root, 'old').length, 0);
    // What a run uses makes no room for more of it.
    await add(cache, 30, 10);
    assert.equal(await found(cache, 40), upTo(30));
    assert.is(totalBytes(await cacheFiles(root)), bound);
    assert.equal(said, []);
  }));

test('a bound that is less than a usual pack is used all but whole, in smaller ones', () =>
  withFolder(async (root) => {
    const bound = 50_000;
    const { cache, said } = await opened(root, { bound, pack: undefined });
    await add(cache, 0, 1000);
    const bytes = totalBytes(await cacheFiles(root));
    assert.ok(bytes <= bound && bytes > 0.8 * bound, `${bytes} bytes`);
    const kept = await found(cache, 1000);
    assert.equal(kept, upTo(kept.length));
    assert.equal(said, []);
    assert.equal(await found((await opened(root, { bound, pack: undefined })).cache, 1000), kept);
  }));

test('a bound without room for a picture is said, and so is one that others use up', () =>
  withFolder(async (root) => {
    const small = await opened(root, { bound: 150, pack: undefined });
    await add(small.cache, 0, 10);
    assert.equal(await found(small.cache, 10), []);
    assert.equal(small.said, [
      'The cache of decoded pictures may take 150 B, less than the 204 B of a single picture: none is cached, and those that do not fit in memory are decoded every epoch. --image-cache sets what it may take.',
    ]);
    const mine = await opened(root, { bound: PACK });
    await add((await opened(root, { form: 'other' })).cache, 0, 10);
    await add(mine.cache, 0, 10);
    assert.is(mine.said.length, 1);
    assert.match(
      mine.said[0]!,
      /^The cache of decoded pictures may take 1\.5 kB, and what others use at this time leaves no room in it: none is cached/,
    );
  }));

test('what is used counts as used, by whichever process', () =>
  withFolder(async (root) => {
    await add((await opened(root)).cache, 0, 10);
    const [pack] = packsOf(root);
    utimesSync(pack!, 1000, 1000);
    await found((await opened(root)).cache, 1);
    assert.ok(Date.now() - statSync(pack!).mtimeMs < 60_000);
  }));

test('a damaged picture is not given out, said once, and mended where it lies', () =>
  withFolder(async (root) => {
    await add((await opened(root)).cache, 0, 10);
    const [pack] = packsOf(root);
    const bytes = readFileSync(pack!);
    for (const i of [3, 7]) bytes[bytes.indexOf(pixelsOf(i)) + 50]! ^= 1;
    writeFileSync(pack!, bytes);
    const { cache, said } = await opened(root);
    const whole = upTo(10).filter((i) => i !== 3 && i !== 7);
    assert.equal(await found(cache, 10), whole);
    assert.equal(said, [`A cached picture in ${pack} is damaged; such pictures are decoded anew.`]);
    await add(cache, 3, 1);
    await add(cache, 7, 1);
    assert.equal(await found(cache, 10), upTo(10));
    const after = await opened(root);
    assert.equal(await found(after.cache, 10), upTo(10));
    assert.equal(after.said, []);
  }));

test('a pack whose index is damaged or whose end is missing is deleted, and said', () =>
  withFolder(async (root) => {
    for (const spoil of [
      (bytes: Buffer) => bytes.subarray(0, -1),
      (bytes: Buffer) => bytes.fill(0, bytes.length - 40),
      (bytes: Buffer) => bytes.fill(0, 0, 4),
      () => Buffer.alloc(0),
    ]) {
      await add((await opened(root)).cache, 0, 10);
      const [pack] = packsOf(root);
      writeFileSync(pack!, spoil(readFileSync(pack!)));
      const { cache, said } = await opened(root);
      assert.equal(said, [`${pack}, cached pictures, is damaged; such pictures are decoded anew.`]);
      assert.equal([await found(cache, 10), packsOf(root)], [[], []]);
    }
  }));

test('two that write the same at once keep it once', () =>
  withFolder(async (root) => {
    const [one, two] = [await opened(root), await opened(root)];
    const both = async (i: number) => {
      await one.cache.add(keyOf(i), pixelsOf(i));
      await two.cache.add(keyOf(i), pixelsOf(i));
    };
    for (let i = 0; i < 30; i++) await both(i);
    await one.cache.flush();
    await two.cache.flush();
    for (const { cache, said } of [one, two, await opened(root)])
      assert.equal([await found(cache, 30), said], [upTo(30), []]);
    assert.ok(totalBytes(await cacheFiles(root)) <= 4 * PACK);
  }));

/** Another process that has begun to write a pack and has its turn, as write-cache.ts has it. */
async function begun(root: string, way: string) {
  const program = join(ROOT, 'test/support/files/write-cache.ts');
  const register = pathToFileURL(join(ROOT, 'test/support/register.js')).href;
  const child = spawn(process.execPath, ['--import', register, program, root, way]);
  const ended = outcomeOf(child);
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  return { child, ended };
}

const isTemporary = (path: string): boolean => path.endsWith('.tmp');

test('what a killed process was writing does not count, and is gone with the next use', () =>
  withFolder(async (root) => {
    const { child, ended } = await begun(root, 'wait');
    const whileItRuns = await cacheFiles(root);
    assert.equal(
      whileItRuns.map(({ bytes }) => bytes),
      [PACK],
    );
    assert.ok(isTemporary(whileItRuns[0]!.path));
    assert.equal(await emptyCache(root), { packs: 0, bytes: 0 });
    child.kill('SIGKILL');
    assert.is((await ended).stderr, '');
    assert.is(packsOf(root).filter(isTemporary).length, 1);
    assert.equal(await cacheFiles(root), []);
    // It had the turn, too: nobody waits for it.
    const begin = performance.now();
    const { cache } = await opened(root, { bound: PACK });
    assert.equal(packsOf(root), []);
    await add(cache, 0, 10);
    assert.ok(performance.now() - begin < 10_000);
    assert.is(packsOf(root).length, 1);
  }));

test('what a killed process was writing is emptied with the rest', () =>
  withFolder(async (root) => {
    const { child, ended } = await begun(root, 'wait');
    child.kill('SIGKILL');
    await ended;
    assert.equal(await emptyCache(root), { packs: 1, bytes: PACK });
    assert.equal(packsOf(root), []);
  }));

test('a process that exits, or leaves at the second Ctrl-C, leaves nothing that it was writing', () =>
  withFolder(async (root) => {
    for (const way of process.platform === 'win32' ? ['exit'] : ['exit', 'leave']) {
      const { ended } = await begun(root, way);
      const { code, signal, stderr } = await ended;
      assert.equal([code, signal, stderr], way === 'exit' ? [0, null, ''] : [null, 'SIGINT', '']);
      assert.equal([packsOf(root), readdirSync(root)], [[], ['form']], way);
    }
  }));

test('of a process that cannot be seen from here, what it was writing counts for an hour', () =>
  withFolder(async (root) => {
    const { cache } = await opened(root);
    const path = join(root, 'form', `${ownerName({ ...thisProcess(), host: 'elsewhere' })}-0a1b.tmp`);
    writeFileSync(path, 'pixels');
    assert.is(totalBytes(await cacheFiles(root)), 6);
    assert.equal(await emptyCache(root), { packs: 0, bytes: 0 });
    const then = Date.now() / 1000 - 3700;
    utimesSync(path, then, then);
    assert.equal(await cacheFiles(root), []);
    await add(cache, 0, 10);
    assert.is(packsOf(root).filter(isTemporary).length, 0);
  }));

test('what another process makes room of stays readable where it is in use', () =>
  withFolder(async (root) => {
    const { cache } = await opened(root);
    await add(cache, 0, 10);
    assert.equal(await emptyCache(root), { packs: 1, bytes: PACK });
    if (process.platform !== 'win32') assert.equal(await found(cache, 10), upTo(10));
    assert.equal(await found((await opened(root)).cache, 10), []);
  }));

test('a full disk is said once, leaves nothing behind, and what was there is read', () =>
  withFolder(async (folder) => {
    const root = smallDisk(folder, 64);
    if (root === undefined) return;
    try {
      const before = await opened(root);
      await add(before.cache, 0, 10);
      await before.cache.close();
      fill(join(root, 'filler'), 0);
      const { cache, said } = await opened(root);
      await add(cache, 10, 100);
      assert.equal(said, [
        `The cache of decoded pictures could not be written to ${join(root, 'form')}: the disk is full. Training goes on; pictures that do not fit in memory are decoded every epoch.`,
      ]);
      assert.equal(await found(cache, 110), upTo(10));
      assert.is(packsOf(root).length, 1);
      await cache.close();
    } finally {
      unmount(root);
    }
  }));

test('a folder that cannot be made is said, and nothing is cached', async () => {
  const { cache, said } = await opened('/dev/null/cache');
  await add(cache, 0, 10);
  assert.equal(await found(cache, 10), []);
  assert.is(said.length, 1);
  assert.match(
    said[0]!,
    'The cache of decoded pictures could not be written to /dev/null/cache/form: its folder is a file.',
  );
});

test.run();
