import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { thrown } from '../../support/files/small-data.js';
import {
  contentOf,
  EXPECTED,
  headless,
  labelsOf,
  load,
  pixelsOf,
  table,
} from '../../support/files/squares.js';
import { withFolder } from '../../support/folders.js';

test("Kaggle's tables: without labelled test images a fifth of each class is kept aside", () =>
  withFolder(async (root) => {
    const [train, unlabelled] = [join(root, 'train.csv'), join(root, 'test.csv')];
    const labels = Uint8Array.from({ length: 30 }, (_, i) => i % 3);
    const distinct = Uint8Array.from({ length: 30 * 16 }, (_, i) => Math.floor(i / 16));
    writeFileSync(train, table(distinct, labels).replaceAll('\n', '\r\n'));
    writeFileSync(unlabelled, table(pixelsOf(4, 3), undefined));
    for (const name of [root, train]) {
      const { dataset, notices } = await load(name);
      assert.equal([dataset.train.count, dataset.test.count], [24, 6]);
      assert.equal([...dataset.test.labels].sort(), [0, 0, 1, 1, 2, 2]);
      const { train: learned, test: kept } = await contentOf(dataset);
      const rows = [...learned.pixels, ...kept.pixels].flatMap((_, i, all) =>
        i % 16 ? [] : [all.slice(i, i + 16).join()],
      );
      assert.is(new Set(rows).size, 30, 'no image is in both parts');
      assert.equal(await contentOf((await load(name)).dataset), { train: learned, test: kept });
      assert.match(notices[0]!, `${unlabelled} has no labels and is left alone; predict takes it.`);
      assert.match(
        notices[1]!,
        'has no test images with labels: 20 % of each class, 6 images in all, are kept aside',
      );
    }
    const error = await thrown(load(unlabelled));
    assert.instance(error, WorkError);
    assert.match(error.message, `${unlabelled} has no labels, so that nothing can be learned from it`);
    // As other people publish them: without a heading, the label in front.
    writeFileSync(join(root, 'mnist_test.csv'), headless(table(pixelsOf(4, 3), labelsOf(4))));
    const { dataset } = await load(join(root, 'mnist_test.csv'));
    assert.equal([dataset.train.count, (await contentOf(dataset)).test], [0, EXPECTED.test]);
  }));

test('a table with a label may head its pixels by any words; what is not understood is named', () =>
  withFolder(async (root) => {
    const path = join(root, 'mnist.csv');
    const good = table(pixelsOf(7), labelsOf(7));
    writeFileSync(path, good);
    const { train } = await contentOf((await load(path)).dataset);
    for (const word of ['p', 'x_', 'column ']) {
      writeFileSync(path, good.replaceAll('pixel', word));
      assert.equal((await contentOf((await load(path)).dataset)).train, train, word);
    }
    writeFileSync(path, good.replaceAll('pixel', 'p').replace('label', 'y'));
    assert.match(
      (await thrown(load(path))).message,
      'Its first line, y,p0,p1, ... (17 columns), is not understood: expected a column called label, or none, and as many',
    );
    // Words and fractions below are no pixels.
    writeFileSync(path, 'label,width,height,file,size\n1,2,3,a.png,5\n');
    assert.match((await thrown(load(path))).message, 'is a file that holds no data set');
  }));

test('a table that is none, or is torn, is refused by its line', () =>
  withFolder(async (root) => {
    const path = join(root, 'train.csv');
    const messageOf = async (text: string) => {
      writeFileSync(path, text);
      return (await thrown(load(path))).message.replaceAll(root, '');
    };
    const good = table(pixelsOf(3), labelsOf(3));
    assert.is(
      await messageOf(good.replace('\n1,112,', '\n1,112.5,')),
      '/train.csv:3 has no whole number from 0 to 255 in column 2.',
    );
    assert.is(
      await messageOf(good.replace('\n1,112,', '\n1,256,')),
      '/train.csv:3 has no whole number from 0 to 255 in column 2.',
    );
    assert.is(
      await messageOf(good.slice(0, -8)),
      '/train.csv:4 has 15 columns, but expected 17, as in its first line.',
    );
    assert.match(
      await messageOf('image,label\na.png,cat\n'),
      /^\/train\.csv is a file that holds no data set; expected/,
    );
  }));

test.run();
