import '../../support/flags.js';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { batches, epochOrder, loadDataset } from '../../../src/data/index.js';
import {
  classOf,
  imagesOf,
  load,
  messageOf,
  PIXEL,
  pixels,
  plain,
  png,
  reds,
} from '../../support/files/pictures.js';
import { request, thrown } from '../../support/files/small-data.js';
import { withFolder, writeTree } from '../../support/folders.js';

test('takes any case of the endings, links and inner folders; hidden files and litter do not count', () =>
  withFolder(async (root) => {
    const one = (red: number) => plain([red, 9, 9]);
    writeTree(root, {
      'a/1.JPG': await one(10).jpeg().toBuffer(),
      'a/2.jpeg': await one(20).jpeg().toBuffer(),
      'a/3.WebP': await one(30).webp().toBuffer(),
      'a/.4.jpg': 'hidden',
      'a/Thumbs.db': 'litter',
      'a/deep/er/5.jpg': await one(50).jpeg().toBuffer(),
      'b/6.png': await png(60),
      'b/7.png': await png(70),
      '.hidden/8.png': await png(80),
      '__MACOSX/a/._1.jpg': 'litter',
      'readme.md': 'about',
    });
    symlinkSync(join(root, 'b/6.png'), join(root, 'a/linked.png'));
    symlinkSync(join(root, 'a'), join(root, 'a/deep/again'));
    symlinkSync(join(root, 'b'), join(root, 'c'));
    const { dataset, said } = await load(root, { classes: 3 });
    assert.equal(dataset.classes, ['a', 'b', 'c']);
    assert.is(dataset.train.count + dataset.test.count, 5 + 2 + 2);
    assert.equal(
      said.filter(({ kind }) => kind === 'notice').map(({ message }) => message)[0],
      `The pictures of a/deep/er in ${root} are read as those of the class folder around them.`,
    );
  }));

test('a pipe that is called like a picture is counted with what is not read', () =>
  withFolder(async (root) => {
    if (process.platform === 'win32') return;
    writeTree(root, { ...(await classOf('a', 2, 10)), ...(await classOf('b', 2, 20)) });
    execFileSync('mkfifo', [join(root, 'a/pipe.png')]);
    symlinkSync('/dev/null', join(root, 'b/device.jpg'));
    const { dataset, said } = await load(root, { classes: 2 });
    assert.is(dataset.train.count + dataset.test.count, 4);
    const messages = said.map((notice) => ('message' in notice ? notice.message : ''));
    const expected =
      `In ${root} 2 of what is in class folders are not read (a/pipe.png and b/device.jpg), ` +
      'being pipes or devices and no files';
    assert.ok(messages.includes(`${expected}.`), messages.join('\n'));
    const strict = await thrown(load(root, { classes: 2, strict: true }));
    assert.is(strict.message, `${expected}; move or remove that, or leave out --strict.`);
  }));

test('a picture whose name is not UTF-8 is left out, and it is said why', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 2, 10)), ...(await classOf('b', 2, 20)) });
    try {
      writeFileSync(Buffer.from(`${root}/a/caf\u00e9.png`, 'latin1'), await png(1));
    } catch {
      return; // File systems that take UTF-8 alone.
    }
    const { said } = await load(root, { classes: 2 });
    const messages = said.map((notice) => ('message' in notice ? notice.message : '')).join('\n');
    assert.match(messages, '1 of 5 pictures in');
    assert.match(messages, 'a/caf\ufffd.png cannot be read: a name in its path is not UTF-8');
  }));

test('what is not read is counted by its ending, and refused with strict', () =>
  withFolder(async (root) => {
    const parts = { ...(await classOf('train/a', 2, 10)), ...(await classOf('train/b', 2, 20)) };
    writeTree(root, { ...parts, ...(await classOf('test/a', 1, 30)), ...(await classOf('test/b', 1, 40)) });
    writeTree(root, {
      'train/a/1.heic': '',
      'train/b/2.HEIC': '',
      'test/b/notes.txt': '',
      'train/b/inner/LICENSE': '',
      'train/loose.png': await png(50),
      'more/a/1.png': await png(51),
    });
    const { dataset, said } = await load(root);
    assert.equal([dataset.train.count, dataset.test.count], [4, 2]);
    const what =
      `In ${root} 4 files in class folders are not read (2 .heic, 1 .txt and 1 without an ending), since they are not ` +
      'called JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP, 1 picture outside class folders is not read (train/loose.png) ' +
      'and the folder more beside the parts is not read';
    assert.equal(said, [{ kind: 'warning', message: `${what}.` }]);
    assert.is(
      await messageOf(root, { strict: true }),
      `${what}; move or remove that, or leave out --strict.`,
    );
  }));

test('a link that leads nowhere is a picture that cannot be read', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 2, 10)), ...(await classOf('b', 2, 20)) });
    symlinkSync(join(root, 'nowhere.png'), join(root, 'a/broken.png'));
    const { said } = await load(root);
    assert.match(
      said.find(({ kind }) => kind === 'warning')!.message,
      'a/broken.png cannot be read (ENOENT)',
    );
  }));

test('pictures that are tested and trained on are counted, by their bytes or by their pixels', () =>
  withFolder(async (root) => {
    const image = pixels([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 2, 2);
    writeTree(root, { ...(await classOf('train/a', 3, 10)), ...(await classOf('train/b', 2, 20)) });
    writeTree(root, { ...(await classOf('test/a', 2, 30)), ...(await classOf('test/b', 2, 40)) });
    writeTree(root, { ...(await classOf('val/a', 1, 50)), ...(await classOf('val/b', 1, 12)) });
    writeTree(root, {
      'train/a/x.png': await image.clone().png().toBuffer(),
      'test/a/x.webp': await image.clone().webp({ lossless: true }).toBuffer(),
      'test/b/copy.png': await png(11),
    });
    const shape = [2, 2, 3] as const;
    const { said } = await load(root, { shape });
    const rest = 'figures on them do not tell how good a network is on new pictures.';
    assert.equal(
      said.map(({ message }) => message),
      [
        `2 of 6 test pictures in ${root} are also among the training pictures, such as test/b/copy.png, which is the ` +
          `same as train/a/1.png: ${rest}`,
        `1 of 2 validation pictures in ${root} is also among the training pictures, such as val/b/0.png, which is the ` +
          `same as train/a/2.png: ${rest}`,
      ],
    );
  }));

test('the names of classes are the same in either of the forms of Unicode', () =>
  withFolder(async (root) => {
    const [composed, apart] = ['caf\u00e9', 'cafe\u0301'];
    writeTree(root, {
      ...(await classOf(`train/${composed}`, 2, 10)),
      ...(await classOf('train/tea', 2, 20)),
    });
    writeTree(root, { ...(await classOf(`test/${apart}`, 1, 30)), ...(await classOf('test/tea', 1, 40)) });
    const { dataset, said } = await load(root);
    assert.equal(dataset.classes, [composed, 'tea']);
    assert.equal([...dataset.test.labels].sort(), [0, 1]);
    assert.equal(said, []);
  }));

test('classes may be called train and test', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('train', 2, 0)), ...(await classOf('car', 2, 0)) });
    assert.equal((await load(root)).dataset.classes, ['car', 'train']);
  }));

test('pictures come in the shape that the model wants, in colour or in grey', () =>
  withFolder(async (root) => {
    const files = { 'a/1.png': await plain([90, 90, 90], 30, 20).png().toBuffer(), 'a/2.png': await png(9) };
    writeTree(root, { ...files, 'b/1.png': await png(9), 'b/2.png': await png(9) });
    const { dataset } = await load(root, { shape: [5, 7, 1] });
    assert.equal(dataset.shape, [5, 7, 1]);
    const images = [...(await imagesOf(dataset.train, 35)), ...(await imagesOf(dataset.test, 35))];
    assert.ok(images.some((image) => image.every((value) => value === 90)));
    const error = await thrown(loadDataset(request(root, { ...PIXEL, shape: [5, 7, 2] }).request));
    assert.instance(error, UsageError);
    assert.is(
      error.message,
      `The pictures of ${root.split('/').at(-1)} can be read in grey or in colour, with 1 channel or 3, but the model ` +
        'expects 2.',
    );
  }));

test('a model for another number of classes is refused, before the pictures are looked at', () =>
  withFolder(async (root) => {
    writeTree(join(root, 'pets'), { 'cats/1.png': 'no picture', 'dogs/1.png': 'no picture' });
    assert.is(
      await messageOf(join(root, 'pets'), { shape: [8, 8, 3], classes: 10 }),
      'The data set pets has images of 8x8x3 in 2 classes, but the model expects 8x8x3 in 10; build the model for them ' +
        'with --classes 2, or name other data with --dataset.',
    );
  }));

test('a folder that cannot be learned from is an error of one sentence', () =>
  withFolder(async (root) => {
    const made = async (files: Record<string, Buffer | string>): Promise<string> => {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      writeTree(root, files);
      return messageOf(root);
    };
    const one = await png(1);
    const wanted = 'expected a folder of pictures for each class';
    assert.is(
      await made({ 'a.png': one }),
      `${root} holds pictures but no class folders; ${wanted} (CLASS/*.jpg, .png, .webp, ...).`,
    );
    assert.is(
      await made({ 'cats/': '', 'dogs/notes.txt': '' }),
      `${root} has no pictures in its folders cats and dogs; ${wanted} (CLASS/*.jpg, .png, .webp, ...).`,
    );
    assert.is(
      await made({ 'cats/1.png': one, 'dogs/': '', 'owls/1.png': one }),
      `${root} has no pictures in the class folder dogs; put JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP files there, or remove it.`,
    );
    assert.is(
      await made({ 'cats/1.png': one, 'cats/2.png': one }),
      `${root} has only one class, cats; ${wanted}, and at least two of them.`,
    );
    assert.is(
      await made({
        'train/cats/1.png': one,
        'train/dogs/1.png': one,
        'train/owls/1.png': one,
        'test/cats/1.png': one,
        'test/rats/1.png': one,
      }),
      `${root} has the class rats in test but not in train, so it cannot be learned; put pictures of it into train too, ` +
        'or remove it.',
    );
    assert.is(
      await made({ 'train/1.png': one, 'test/1.png': one }),
      `${root}/train holds pictures but no class folders; ${wanted} (train/CLASS/*.jpg, .png, .webp, ...).`,
    );
    assert.is(
      await made({ 'train/cats/1.png': one, 'train/dogs/1.png': one, 'test/': '' }),
      `${root}/test has no class folders; ${wanted} (test/CLASS/*.jpg, .png, .webp, ...).`,
    );
    assert.is(
      await made({ 'cats/1.png': one, 'dogs/1.png': one }),
      `${root} has one picture a class and no test part; put pictures to test with into ${root}/test/CLASS.`,
    );
  }));

test('the identity names content and classes, not place, dates or how pictures are stored in memory', () =>
  withFolder(async (root) => {
    const files = { ...(await classOf('a', 4, 0)), ...(await classOf('b', 4, 0)) };
    writeTree(join(root, 'one'), files);
    writeTree(join(root, 'two'), files);
    const identity = async (name: string, rest = {}) => (await load(join(root, name), rest)).dataset.identity;
    const first = await identity('one');
    assert.match(first, /^sha256:[0-9a-f]{64}$/);
    assert.is(await identity('two'), first);
    assert.is(await identity('one', { memoryBytes: 0, shape: [8, 8, 1] }), first);
    // A picture of the same size in bytes.
    writeTree(join(root, 'two'), { 'a/1.png': await png(200) });
    assert.is.not(await identity('two'), first);
    // A picture that cannot be used is not seen and changes nothing.
    writeTree(join(root, 'one'), { 'a/bad.png': '' });
    assert.is(await identity('one'), first);
    writeTree(join(root, 'one'), { 'b/more.png': await png(3) });
    assert.is.not(await identity('one'), first);
  }));

test('pictures are decoded once where they fit in memory, and else again', () =>
  withFolder(async (root) => {
    const test = { ...(await classOf('test/a', 1, 0)), ...(await classOf('test/b', 1, 0)) };
    writeTree(root, { ...(await classOf('train/a', 3, 10)), ...(await classOf('train/b', 3, 20)), ...test });
    const kept = async (memoryBytes?: number): Promise<number> => {
      const { train } = (await load(root, { memoryBytes })).dataset;
      const before = await reds(train);
      for (const path of ['a', 'b'])
        for (const i of [0, 1, 2]) writeFileSync(join(root, `train/${path}/${i}.png`), await png(99));
      const after = await reds(train);
      writeTree(root, { ...(await classOf('train/a', 3, 10)), ...(await classOf('train/b', 3, 20)) });
      assert.ok(after.every((red, i) => red === before[i] || red === 99));
      return after.filter((red) => red !== 99).length;
    };
    assert.is(await kept(), 6);
    assert.is(await kept(18), 6);
    assert.is(await kept(14), 4);
    assert.is(await kept(0), 0);
  }));

test('batches of pictures are the same in every run, whatever fits in memory', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 15, 0)), ...(await classOf('b', 15, 100)) });
    const run = async (memoryBytes?: number): Promise<number[][]> => {
      const { train } = (await load(root, { memoryBytes })).dataset;
      const seen = [];
      for (const epoch of [1, 2]) {
        const order = epochOrder(train.count, 1, epoch);
        for await (const { pixels, labels } of batches(train, { batchSize: 7, shape: [1, 1, 3], order }))
          seen.push([...pixels, ...labels]);
      }
      return seen;
    };
    const seen = await run();
    assert.is(seen.length, 8);
    assert.equal(await run(), seen);
    assert.equal(await run(20), seen);
  }));

test('stops looking at pictures when it is told to', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 20, 0)), ...(await classOf('b', 20, 0)) });
    const controller = new AbortController();
    const stop = new Error('Ctrl-C');
    controller.abort(stop);
    assert.is(
      await thrown(loadDataset(request(root, { ...PIXEL, signal: controller.signal }).request)),
      stop,
    );
  }));

test.run();
