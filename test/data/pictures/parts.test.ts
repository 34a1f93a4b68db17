import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Split } from '../../../src/data/sets/dataset.js';
import { classOf, load, messageOf, png, reds } from '../../support/files/pictures.js';
import { withFolder, writeTree } from '../../support/folders.js';

test('FOLDER/{train,test}/CLASS: parts as they are, classes sorted by their names', () =>
  withFolder(async (root) => {
    const folder = join(root, 'pets');
    writeTree(folder, {
      ...(await classOf('train/dogs', 3, 10)),
      ...(await classOf('train/Zebras', 2, 20)),
      ...(await classOf('train/cats', 4, 30)),
      ...(await classOf('test/dogs', 1, 40)),
      ...(await classOf('test/Zebras', 1, 50)),
      ...(await classOf('test/cats', 1, 60)),
    });
    const { dataset, said } = await load(folder, { classes: 3 });
    assert.equal([dataset.name, dataset.origin, dataset.shape], ['pets', folder, [1, 1, 3]]);
    assert.equal(dataset.classes, ['Zebras', 'cats', 'dogs']);
    const seen = await reds(dataset.train);
    assert.equal([...seen].sort(), [10, 11, 12, 20, 21, 30, 31, 32, 33]);
    assert.equal(
      seen.map((red) => (red < 20 ? 2 : red < 30 ? 0 : 1)),
      [...dataset.train.labels],
    );
    assert.equal(await reds(dataset.test), [50, 60, 40]);
    assert.equal(said, []);
  }));

test('parts have several names, in capitals or not; val, valid, validation and dev are for validation', () =>
  withFolder(async (root) => {
    const part = async (name: string, first: number) => ({
      ...(await classOf(`${name}/a`, 2, first)),
      ...(await classOf(`${name}/b`, 2, first + 10)),
    });
    const sorted = async (split: Split | undefined) => split && (await reds(split)).sort((a, b) => a - b);
    for (const [train, validation, test] of [
      ['train', 'val', 'test'],
      ['Training', 'VALID', 'Testing'],
      ['TRAIN', 'Validation', 'TEST'],
      ['training', 'dev', 'test'],
    ] as const) {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      writeTree(root, {
        ...(await part(train, 0)),
        ...(await part(validation, 50)),
        ...(await part(test, 100)),
      });
      const { dataset, said } = await load(root);
      assert.equal(await sorted(dataset.train), [0, 1, 10, 11]);
      assert.equal(await sorted(dataset.validation), [50, 51, 60, 61]);
      assert.equal(await sorted(dataset.test), [100, 101, 110, 111]);
      assert.equal(said, []);
    }
    writeTree(root, await part('valid', 200));
    assert.is(
      await messageOf(root),
      `${root} has dev and valid, which all mean the validation part; put their pictures into one of them.`,
    );
  }));

test('a test part alone, or one that lacks a class, will do for evaluation', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('test/b', 2, 20)), ...(await classOf('test/c', 1, 30)) });
    const alone = await load(root, { classes: 3, trainedClasses: ['a', 'b', 'c'] });
    assert.equal([alone.dataset.train.count, alone.dataset.test.count], [0, 3]);
    assert.equal(alone.dataset.classes, ['b', 'c']);
    writeTree(root, {
      ...(await classOf('train/a', 2, 40)),
      ...(await classOf('train/b', 2, 50)),
      ...(await classOf('train/c', 2, 60)),
    });
    const { dataset, said } = await load(root, { classes: 3 });
    const names = [...dataset.test.labels].map((label) => dataset.classes[label]);
    assert.equal(names.sort(), ['b', 'b', 'c']);
    assert.equal(said, [
      {
        kind: 'warning',
        message: `${root} has no test pictures of the class a: test figures say nothing of it.`,
      },
    ]);
  }));

test('without a test part a fifth of each class is kept aside, the same pictures every time', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 20, 0)), ...(await classOf('b', 10, 100)) });
    const { dataset, said } = await load(root);
    assert.equal([dataset.train.count, dataset.test.count], [24, 6]);
    const count = (labels: Int32Array, label: number) => labels.filter((other) => other === label).length;
    assert.equal([count(dataset.test.labels, 0), count(dataset.test.labels, 1)], [4, 2]);
    const [train, held] = [await reds(dataset.train), await reds(dataset.test)];
    assert.is(new Set([...train, ...held]).size, 30);
    // Not simply the first ones.
    assert.not.equal([...held].sort(), [0, 1, 100, 101, 2, 3]);
    const again = (await load(root)).dataset;
    assert.equal([await reds(again.train), await reds(again.test)], [train, held]);
    assert.equal(said, [
      {
        kind: 'notice',
        message:
          `${root} has no test part: 20 % of each class, 6 pictures in all, are kept aside for testing, ` +
          'the same ones every time.',
      },
    ]);
  }));

test('a picture that is added moves at most one other from one part to the other', () =>
  withFolder(async (root) => {
    writeTree(root, { ...(await classOf('a', 50, 0)), ...(await classOf('b', 50, 100)) });
    const before = new Set(await reds((await load(root)).dataset.test));
    writeTree(root, { 'a/more.png': await png(200), 'b/another.png': await png(201) });
    const after = await reds((await load(root)).dataset.test);
    assert.ok(after.filter((red) => before.has(red)).length >= 18);
  }));

test('every prefix has the classes in the proportion of the whole', () =>
  withFolder(async (root) => {
    const test = { ...(await classOf('test/a', 1, 0)), ...(await classOf('test/b', 1, 0)) };
    writeTree(root, { ...(await classOf('train/a', 40, 0)), ...(await classOf('train/b', 10, 0)), ...test });
    const { labels } = (await load(root)).dataset.train;
    for (let count = 5; count <= 50; count += 5)
      assert.is(labels.subarray(0, count).filter((label) => label === 1).length, count / 5);
  }));

test.run();
