import '../../support/flags.js';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { publishedName } from '../../../src/data/formats/idx-dataset.js';
import { UnreadForm } from '../../../src/data/formats/unread-form.js';
import { loadDataset, locate, verifyDataset } from '../../../src/data/index.js';
import { CIFAR10 } from '../../../src/data/sources/sources.js';
import { idx, machine, request, smallFiles, thrown, writeFiles } from '../../support/files/small-data.js';
import {
  any,
  contentOf,
  EXPECTED,
  labelsOf,
  load,
  pixelsOf,
  SQUARE,
  SQUARES,
  table,
} from '../../support/files/squares.js';
import { withFolder } from '../../support/folders.js';

const quiet = { notify: () => {} };

/** A `.npy` file of version 1. */
function npy(descr: string, shape: readonly number[], bytes: Uint8Array, fortran = false): Buffer {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${extents}), }`;
  const padded = `${header.padEnd(127 - 10 - 1)}\n`;
  const start = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  start.writeUInt16LE(padded.length, 8);
  return Buffer.concat([start, Buffer.from(padded), bytes]);
}

/** A zip archive, as simple as there is one. */
function zip(entries: Readonly<Record<string, Buffer>>, deflates: boolean): Buffer {
  const [files, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const packed = deflates ? deflateRawSync(content) : content;
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(deflates ? 8 : 0, 4);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00'), about, rest, Buffer.from(name));
    files.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, directory, end]);
}

/** 64-bit labels, as numpy has them by default. */
const longs = (labels: Uint8Array) => new Uint8Array(BigInt64Array.from(labels, BigInt).buffer);
const ARRAYS = {
  'x_train.npy': npy('|u1', [7, 4, 4], pixelsOf(7)),
  'y_train.npy': npy('<i8', [7], longs(labelsOf(7))),
  'x_test.npy': npy('|u1', [4, 4, 4], pixelsOf(4, 3)),
  'y_test.npy': npy('|u1', [4], labelsOf(4)),
};

test('IDX files are found under dots, test- and in raw/', () =>
  withFolder(async (root) => {
    const folder = join(root, 'data/MNIST/raw');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'train-images.idx3-ubyte'), SQUARE.trainImages);
    writeFileSync(join(folder, 'train-labels.idx1.ubyte'), SQUARE.trainLabels);
    writeFileSync(join(folder, 'test-images-idx3-ubyte.gz'), gzipSync(SQUARE.testImages));
    // Some archives have a folder around each file.
    mkdirSync(join(folder, 't10k-labels-idx1-ubyte'));
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte'), SQUARE.testLabels);
    for (const name of ['data/MNIST/raw', 'data/MNIST', 'data', 'data/MNIST/raw/train-images.idx3-ubyte'])
      assert.equal(await contentOf((await load(join(root, name))).dataset), EXPECTED, name);
    assert.is((await load(folder)).dataset.name, 'MNIST');
    mkdirSync(join(root, 'data/KMNIST/raw'), { recursive: true });
    writeFiles(join(root, 'data/KMNIST/raw'), SQUARE);
    assert.match(
      (await thrown(load(join(root, 'data')))).message,
      `data holds 2 data sets; name one of them: ${root}/data/KMNIST/raw and ${root}/data/MNIST/raw.`,
    );
  }));

test('a known data set is found in each of its forms, with one identity', () =>
  withFolder(async (root) => {
    const forms: Record<string, (folder: string) => void> = {
      idx: (folder) => writeFiles(folder, SQUARE),
      torchvision: (folder) => writeFiles(join(folder, 'Squares/raw'), SQUARE),
      raw: (folder) => writeFiles(join(folder, 'raw'), SQUARE),
      stored: (folder) => writeFileSync(join(folder, 'squares.npz'), zip(ARRAYS, false)),
      deflated: (folder) => writeFileSync(join(folder, 'squares.npz'), zip(ARRAYS, true)),
      csv: (folder) => {
        writeFileSync(join(folder, 'squares_train.csv'), table(pixelsOf(7), labelsOf(7)));
        writeFileSync(join(folder, 'squares_test.csv.gz'), gzipSync(table(pixelsOf(4, 3), labelsOf(4), 1)));
      },
    };
    const here = machine(root, [SQUARES]);
    const identities = new Set<string>();
    for (const [name, write] of Object.entries(forms)) {
      const dataDir = join(root, name);
      mkdirSync(dataDir);
      write(dataDir);
      const { request: wanted, notices } = request('squares', { dataDir, shape: [4, 4, 1] });
      const dataset = await loadDataset(wanted, here);
      assert.equal(await contentOf(dataset), EXPECTED, name);
      assert.equal(notices, [], name);
      assert.equal(dataset.classes, ['cat', 'dog', 'owl']);
      identities.add(dataset.identity);
      const verdicts = await verifyDataset('squares', { dataDir, ...quiet }, here);
      assert.ok(
        verdicts.every(({ state }) => state === 'published'),
        name,
      );
    }
    assert.is(identities.size, 1);
    // By its folder too, where the classes are numbers.
    for (const name of [
      'stored',
      'stored/squares.npz',
      'csv',
      'csv/squares_train.csv',
      'csv/squares_test.csv.gz',
    ])
      assert.equal(await contentOf((await load(join(root, name))).dataset), EXPECTED, name);
  }));

test('archives of NumPy are those that NumPy itself writes', () =>
  withFolder(async (root) => {
    const script = `import numpy as n
x = (7 * n.arange(11 * 16)) % 256
for name, save in (('a', n.savez), ('b', n.savez_compressed)):
    save(f'${root}/{name}.npz', x_train=x[:112].reshape(7, 4, 4, 1).astype('uint8'), y_train=n.arange(7) % 3,
         x_test=x[:64].reshape(4, 4, 4).astype('uint8'), y_test=(n.arange(4) % 3).astype('int32').reshape(4, 1))`;
    const python = ['/usr/bin/python3', 'python3'].find(
      (program) => spawnSync(program, ['-c', 'import numpy']).status === 0,
    );
    if (python === undefined) return console.log('  skipped: there is no Python with NumPy here');
    assert.is(spawnSync(python, ['-c', script]).status, 0);
    for (const name of ['a', 'b']) {
      const content = await contentOf((await load(join(root, `${name}.npz`))).dataset);
      assert.equal(content, {
        train: EXPECTED.train,
        test: { labels: [0, 1, 2, 0], pixels: [...pixelsOf(4)] },
      });
    }
  }));

test('archives that are damaged, or hold something else, are told apart', () =>
  withFolder(async (root) => {
    const path = join(root, 'mnist.npz');
    const messageOf = async (bytes: Buffer) => {
      writeFileSync(path, bytes);
      const error = await thrown(load(path));
      return `${error instanceof UnreadForm ? 'other: ' : ''}${error.message.replaceAll(root, '')}`;
    };
    const flipped = zip(ARRAYS, false);
    flipped[200]! ^= 1;
    assert.is(
      await messageOf(flipped),
      '/mnist.npz is damaged: the checksum of x_train.npy in it is wrong; replace it with an undamaged copy.',
    );
    assert.match(
      await messageOf(Buffer.from('no archive')),
      /^\/mnist\.npz is no zip archive that can be read/,
    );
    assert.match(
      await messageOf(zip(ARRAYS, true).subarray(0, 300)),
      /^\/mnist\.npz is no zip archive that can be read/,
    );
    const other = (array: keyof typeof ARRAYS, content: Buffer) =>
      messageOf(zip({ ...ARRAYS, [array]: content }, true));
    assert.is(
      await other('x_train.npy', npy('<f4', [7, 4, 1], new Uint8Array(112))),
      'other: /mnist.npz (x_train) holds float32 values, but cnnzoo reads images as unsigned bytes (uint8).',
    );
    assert.match(
      await other('x_test.npy', npy('|u1', [64], pixelsOf(4))),
      /^other: .* is an array of \[64\], but/,
    );
    assert.match(
      await other('x_test.npy', npy('|u1', [4, 4, 4], pixelsOf(4), true)),
      /stored column by column/,
    );
    assert.match(
      await other('x_test.npy', npy('|u1', [5, 4, 4], pixelsOf(4))),
      /expected 80 bytes .*, got 64\./,
    );
    assert.match(await other('y_test.npy', npy('<f8', [4], new Uint8Array(32))), /labels as whole numbers/);
    assert.is(
      await messageOf(zip({ 'images.npy': ARRAYS['x_train.npy'] }, true)),
      'other: /mnist.npz has no x_train, y_train, x_test and y_test in it, but images; expected the arrays x_train, ' +
        'y_train, x_test and y_test, as Keras names them.',
    );
  }));

test('EMNIST: upright, its classes by their characters', () =>
  withFolder(async (root) => {
    // An image of 4x3 whose files hold it column by column, [3, 4].
    const image = Uint8Array.from({ length: 12 }, (_, i) => i);
    const columns = Uint8Array.from({ length: 12 }, (_, i) => image[(i % 4) * 3 + Math.floor(i / 4)]!);
    const folder = join(root, 'EMNIST/raw');
    mkdirSync(folder, { recursive: true });
    const write = (split: string, labels: readonly number[]) => {
      const count = labels.length;
      const images = idx(
        [count, 3, 4],
        Uint8Array.from({ length: 12 * count }, (_, i) => columns[i % 12]!),
      );
      for (const part of ['train', 'test']) {
        writeFileSync(join(folder, `emnist-${split}-${part}-images-idx3-ubyte.gz`), gzipSync(images));
        writeFileSync(
          join(folder, `emnist-${split}-${part}-labels-idx1-ubyte`),
          idx([count], Uint8Array.from(labels)),
        );
      }
    };
    write('letters', [1, 2, 3, 2]);
    writeFileSync(join(folder, 'emnist-letters-mapping.txt'), '1 65 97 \r\n2 66 98 \r\n3 67 99\n');
    const { dataset, notices } = await load(join(root, 'EMNIST'));
    assert.equal([dataset.name, dataset.shape], ['emnist-letters', [4, 3, 1]]);
    assert.equal(dataset.classes, ['Aa', 'Bb', 'Cc']);
    const { train } = await contentOf(dataset);
    assert.equal([train.labels, train.pixels.slice(12, 24)], [[0, 1, 2, 1], [...image]]);
    assert.match(notices.join(), 'emnist-letters are stored column by column, as EMNIST');
    write('balanced', [0, 1, 0, 1]);
    writeFileSync(join(folder, 'emnist-balanced-mapping.txt'), '0 48\n1 65\n');
    assert.match(
      (await thrown(load(folder))).message,
      `raw holds 2 data sets; name one of them: ${folder}/emnist-balanced and ${folder}/emnist-letters.`,
    );
    const balanced = (await load(`${folder}/emnist-balanced`)).dataset;
    assert.equal(balanced.classes, ['0', 'A']);
    assert.is(balanced.train.nameOf!(1), `${folder}/emnist-balanced:train:1`);
    const byFile = (await load(join(folder, 'emnist-letters-test-labels-idx1-ubyte'))).dataset;
    assert.is(byFile.identity, dataset.identity);
    // Under other names nobody can know that they lie on their side: another data set.
    for (const name of ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte'])
      for (const part of ['train', 'test'])
        renameSync(
          join(folder, `emnist-letters-${name.replace('train', part)}`),
          join(root, name.replace('train', part)),
        );
    assert.is.not((await load(root)).dataset.identity, dataset.identity);
  }));

test('a label far beyond the others is an error that names the image, a gap a warning', () =>
  withFolder(async (root) => {
    const labels = Buffer.from(SQUARE.trainLabels);
    labels[8 + 5] = 255;
    writeFiles(root, { ...SQUARE, trainLabels: labels });
    assert.is(
      (await thrown(load(root))).message,
      `${root}:train:5 has the label 255, where the others are 0 to 2: correct it, or say with --classes how many ` +
        'classes there are.',
    );
    const wide = await loadDataset(any(root, { classes: 256 }).request);
    assert.is(wide.classes.length, 256);
    labels[8 + 5] = 4;
    writeFiles(root, { ...SQUARE, trainLabels: labels });
    const { dataset, notices } = await load(root);
    assert.is(dataset.classes.length, 5);
    assert.match(
      notices.join(),
      `has the label 3, but ${root}:train:5 has 4: 5 classes, 1 of them without images.`,
    );
  }));

test('what other programs publish is called by its name, with what to fetch instead', () =>
  withFolder(async (root) => {
    const messageOf = async (name: string, isFolder = false) => {
      const folder = join(root, name.replaceAll(/\W/g, '-'));
      mkdirSync(isFolder ? join(folder, name) : folder, { recursive: true });
      if (!isFolder) writeFileSync(join(folder, name), 'x');
      const error = await thrown(load(folder));
      assert.instance(error, UnreadForm);
      const direct = await thrown(load(join(folder, name)));
      if (!isFolder) assert.is(direct.message, error.message);
      return error.message;
    };
    const python = await messageOf('cifar-10-batches-py', true);
    assert.match(
      python,
      "cifar-10-batches-py is CIFAR-10's Python version (pickled batches), which cnnzoo does not read",
    );
    assert.match(python, 'cnnzoo datasets fetch cifar10');
    assert.match(await messageOf('cifar-10-python.tar.gz'), 'cifar-10-binary.tar.gz');
    assert.match(
      await messageOf('train-00000-of-00001.parquet'),
      /Parquet or Arrow, as Hugging Face publishes/,
    );
    assert.match(await messageOf('mnist.mat'), /MATLAB/);
    const here = machine(root, [CIFAR10]);
    const { searched } = await locate('cifar10', join(root, 'cifar-10-batches-py'), here);
    assert.ok(
      searched.some(({ state }) => state === 'cifar-10-batches-py, the Python version, which is not read'),
    );
    // A stray file among pictures is none of our business.
    const pictures = join(root, 'pictures');
    mkdirSync(join(pictures, 'a'), { recursive: true });
    writeFileSync(join(pictures, 'index.parquet'), '');
    writeFileSync(join(pictures, 'a/1.png'), '');
    assert.match((await thrown(load(pictures))).message, /has only one class/);
    writeFileSync(join(root, 'notes.txt'), '');
    assert.instance(await thrown(load(join(root, 'notes.txt'))), UsageError);
  }));

test('sound IDX files of other types and dimensions are not called damaged', () =>
  withFolder(async (root) => {
    writeFiles(root, smallFiles());
    const path = join(root, publishedName('trainImages'));
    const verdict = async (type: number, rank: number) => {
      writeFileSync(path, Buffer.concat([Buffer.of(0, 0, type, rank), SQUARE.trainImages.subarray(4)]));
      const [one] = await verifyDataset(root, quiet);
      return `${one!.state}: ${one!.detail.replaceAll(root, '')}`;
    };
    const wanted = 'but cnnzoo reads images as unsigned bytes in 3 dimensions (count, height, width).';
    assert.is(
      await verdict(13, 3),
      `other: /train-images-idx3-ubyte.gz holds float32 values, ${wanted}`.replace('/', '/'),
    );
    assert.match(await verdict(12, 4), 'holds int32 values');
    assert.match(await verdict(8, 4), `holds values in 4 dimensions, ${wanted}`);
    assert.match(await verdict(8, 2), 'other: ');
    assert.match(await verdict(7, 3), 'damaged: ');
    assert.ok(readFileSync(path).length > 0);
  }));

test.run();
