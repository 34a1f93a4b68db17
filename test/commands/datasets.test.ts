import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PictureCache } from '../../src/data/cache/picture-cache.js';
import { knownDatasets } from '../../src/data/load.js';
import { runCli } from '../support/cli.js';
import { smallFiles, writeFiles } from '../support/files/small-data.js';
import { withFolder } from '../support/folders.js';

/** Nothing is found but what a test puts there, and nothing is fetched. */
const nowhere = (root: string) => ({ XDG_CACHE_HOME: join(root, 'cache'), CNNZOO_DATA: '' });

test('datasets lists what is known and where it was found', () =>
  withFolder((root) => {
    const { code, stdout } = runCli(['datasets', '--json'], '', nowhere(root));
    assert.is(code, 0);
    const rows = JSON.parse(stdout) as {
      name: string;
      kind: string;
      available: boolean;
      folder: string | null;
    }[];
    assert.equal(
      rows.map(({ name }) => name),
      knownDatasets().map(({ name }) => name),
    );
    assert.equal(
      rows.filter(({ kind }) => kind === 'generator').map(({ available, folder }) => [available, folder]),
      [
        [true, null],
        [true, null],
      ],
    );
    const table = runCli(['datasets', 'list'], '', nowhere(root)).stdout;
    assert.match(table, /^mnist +28x28x1 +10 +60,000 +10,000 +not here$/m);
    assert.match(table, /^shapes +any size x3 +10 +10,000 +2,000 +built in$/m);
    assert.match(table, 'cnnzoo datasets fetch mnist');
  }));

test('datasets show draws images of every class, and says what is in the data', () => {
  const { code, stdout } = runCli(['datasets', 'show', 'digits', '--images', '10']);
  assert.is(code, 0);
  const lines = stdout.split('\n');
  assert.is(
    lines[0],
    'digits: 60,000 training and 10,000 test images of 28x28x1 in 10 classes, 6,000 training images each',
  );
  assert.match(lines[2]!, /over 1,000 training images: mean 0\.\d{3}, standard deviation 0\.\d{3}$/);
  assert.match(stdout, /^0 {15}1 {15}2 {15}3 {15}4$/m);
  // Braille: strokes on an empty ground.
  assert.ok((stdout.match(/[\u2801-\u28ff]/g) ?? []).length > 100);
  assert.not.match(stdout, '\u001b');
  const coloured = runCli(['datasets', 'show', 'digits', '--images', '1'], '', { FORCE_COLOR: '3' }).stdout;
  assert.match(coloured, '\u001b[38;2;0;0;0m\u001b[48;2;0;0;0m▀');
});

test('datasets show --augment writes how a model varies images', () =>
  withFolder(async (root) => {
    const out = join(root, 'sheet.png');
    const { code, stdout } = runCli([
      'datasets',
      'show',
      'shapes',
      '--augment',
      '--model',
      'alexnet',
      '--images',
      '2',
      '--input',
      '32x32x3',
      '--out',
      out,
      '--json',
    ]);
    assert.is(code, 0);
    const facts = JSON.parse(stdout) as { shape: number[]; shown: { label: string }[]; out: string };
    assert.equal([facts.shape, facts.out], [[32, 32, 3], out]);
    assert.equal(
      facts.shown.map(({ label }) => label),
      ['circle', 'square'],
    );
    const { data, info } = await sharp(readFileSync(out)).raw().toBuffer({ resolveWithObject: true });
    // Two rows of ten images of 96 pixels, four between them and around.
    assert.equal([info.width, info.height], [10 * 100 + 4, 2 * 100 + 4]);
    const tile = (column: number) =>
      Buffer.concat(
        Array.from({ length: 96 }, (_, y) => {
          const at = ((4 + y) * info.width + 4 + 100 * column) * 3;
          return data.subarray(at, at + 96 * 3);
        }),
      );
    const tiles = Array.from({ length: 10 }, (_, i) => tile(i).toString('base64'));
    assert.is(new Set(tiles).size, 10, 'every variation is another');
  }));

test('datasets verify ends with 1 where anything is not as published', () =>
  withFolder((root) => {
    writeFiles(join(root, 'mnist'), smallFiles());
    const { code, stdout } = runCli(['datasets', 'verify', 'mnist', '--data-dir', root], '', nowhere(root));
    assert.is(code, 1);
    assert.match(stdout, /train-images-idx3-ubyte\.gz +\S+ \S+ +\w{64} +other /);
    assert.is(runCli(['datasets', 'verify', 'digits']).code, 0);
    // The set lies in $CNNZOO_DATA, which is not what was asked about.
    const elsewhere = join(root, 'usb');
    const missing = runCli(['datasets', 'verify', 'mnist', '--data-dir', elsewhere], '', {
      ...nowhere(root),
      CNNZOO_DATA: root,
    });
    assert.is(missing.code, 1);
    assert.match(
      missing.stdout,
      `mnist is not complete in ${elsewhere}:\n  cnnzoo datasets fetch mnist --data-dir`,
    );
  }));

test('datasets verify tells warnings and notices once, on standard error, by their kinds', () =>
  withFolder(async (root) => {
    for (const name of ['a', 'b/inner']) {
      mkdirSync(join(root, name), { recursive: true });
      for (const i of [1, 2, 3])
        await sharp({
          create: { width: 4, height: 4, channels: 3, background: { r: i, g: 2, b: name.length } },
        })
          .png()
          .toFile(join(root, name, `${i}.png`));
    }
    writeFileSync(join(root, 'a/4.png'), 'no picture');
    writeFileSync(join(root, 'a/notes.txt'), '');
    const { code, stdout, stderr } = runCli(['datasets', 'verify', root]);
    assert.is(code, 1);
    assert.match(stderr, /^warning: In .* 1 file in class folders is not read/m);
    assert.match(stderr, /^notice: The pictures of inner in|^notice: The pictures of b\/inner in/m);
    assert.match(stderr, /^warning: 1 of 7 pictures in .* left out: a\/4\.png/m);
    assert.match(stdout, '; 1 of 7 pictures cannot be used');
    assert.not.match(stdout, 'is not read');
    assert.not.match(stdout, 'left out');
  }));

test('datasets cache shows what decoded pictures take, and empties it', () =>
  withFolder(async (root) => {
    const folder = join(root, 'cnnzoo', 'pictures');
    const env = { XDG_CACHE_HOME: root };
    const cache = (...args: string[]) => runCli(['datasets', 'cache', ...args], '', env);
    assert.match(cache().stdout, new RegExp(`^No decoded pictures are cached: 0 B of .* in ${folder}\\.\n$`));
    const open = (form: string) =>
      PictureCache.open({
        root: folder,
        form,
        imageBytes: 1000,
        warn: (message) => assert.unreachable(message),
      });
    for (const form of ['32x32x3-a', '8x8x1-b']) {
      const pictures = await open(form);
      await pictures.add(Buffer.alloc(16).toString('base64'), new Uint8Array(1000));
      await pictures.close();
    }
    const narrow = runCli(['datasets', 'cache'], '', { ...env, CNNZOO_COLUMNS: '70' }).stdout;
    const sentence = narrow.slice(narrow.indexOf('\n\n') + 2, -1).split('\n');
    assert.ok(sentence.length > 1 && sentence.every((line) => line.length <= 70), narrow);
    assert.match(sentence.join(' '), `in ${folder}. "cnnzoo datasets cache --empty" deletes them.`);
    const state = JSON.parse(cache('--json').stdout);
    assert.equal([state.folder, state.bytes], [folder, 2 * 1104]);
    assert.equal(
      state.forms.map(({ form, packs, bytes }: { form: string; packs: number; bytes: number }) => [
        form,
        packs,
        bytes,
      ]),
      [
        ['32x32x3-a', 1, 1104],
        ['8x8x1-b', 1, 1104],
      ],
    );
    assert.match(cache().stdout, /32x32x3-a +1 +1\.1 kB/);
    assert.equal(JSON.parse(cache('--empty', '--json').stdout), { folder, packs: 2, bytes: 2 * 1104 });
    assert.is(JSON.parse(cache('--json').stdout).bytes, 0);
  }));

test('a file in the place of the cache, or of a folder above it, is no empty cache', () =>
  withFolder((root) => {
    const folder = join(root, 'cnnzoo', 'pictures');
    const refused = (place: string, what: string) => {
      const sentence = `${place} is ${what}, so that no decoded pictures can be cached in ${folder}: move it away, or set XDG_CACHE_HOME to another folder.\n`;
      for (const more of [[], ['--empty']]) {
        const { code, stdout, stderr } = runCli(['datasets', 'cache', ...more], '', { XDG_CACHE_HOME: root });
        assert.equal([code, stdout, stderr], [1, '', sentence]);
      }
    };
    writeFileSync(join(root, 'cnnzoo'), '');
    refused(join(root, 'cnnzoo'), 'a file');
    rmSync(join(root, 'cnnzoo'));
    mkdirSync(join(root, 'cnnzoo'));
    symlinkSync(join(root, 'nowhere'), folder);
    refused(folder, 'a link that leads nowhere');
    rmSync(folder);
    writeFileSync(folder, '');
    refused(folder, 'a file');
  }));

test('datasets names what is wrong', () => {
  const wrong = (...args: string[]) => {
    const { code, stderr } = runCli(['datasets', ...args]);
    assert.is(code, 2, stderr);
    return stderr.trimEnd();
  };
  assert.is(
    wrong('shwo', 'mnist'),
    'datasets can list, fetch, verify, show and cache, but not "shwo". Did you mean "show"?',
  );
  assert.is(wrong('show'), 'datasets show needs a data set, for example "cnnzoo datasets show mnist".');
  assert.is(wrong('list', '--empty'), '--empty goes with datasets cache only.');
  assert.match(wrong('cache', 'mnist'), 'datasets cache takes no names, got "mnist".');
  assert.is(wrong('fetch', 'mnist', '--out', 'a.png'), '--out goes with datasets show only.');
  assert.is(
    wrong('show', 'digits', '--augment', '--model', 'lenet5'),
    'lenet5 trains on images as they are: add for example --set training.augmentation.shift=2.',
  );
});

test.run();
