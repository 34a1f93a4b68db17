import '../support/flags.js';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError, WorkError } from '../../src/base/errors.js';
import { loadDataset } from '../../src/data/index.js';
import { knownDatasets, locate } from '../../src/data/load.js';
import { placesOf } from '../../src/data/sources/surroundings.js';
import {
  closedAddress,
  machine,
  request,
  smallFiles,
  smallSource,
  thrown,
  writeFiles,
} from '../support/files/small-data.js';
import { withFolder } from '../support/folders.js';

const FILES = smallFiles();
const PETS = smallSource('pets', FILES);
/** The same file names, other content. */
const TOYS = smallSource('toys', smallFiles({ test: 5, first: 9 }));
const SOURCES = [PETS, TOYS];
const DIGITS = { shape: [28, 28, 1], classes: 10 } as const;

test('looks in --data-dir, $CNNZOO_DATA, the cache and the system, in this order', () =>
  withFolder(async (root) => {
    const here = machine(root, SOURCES, { CNNZOO_DATA: join(root, 'mine') });
    const dataDir = join(root, 'named');
    const order = [
      ['system', join(root, 'system/pets')],
      ['cache', join(root, 'home/.cache/cnnzoo/pets')],
      ['$CNNZOO_DATA', join(root, 'mine')],
      ['$CNNZOO_DATA', join(root, 'mine/pets')],
      ['dataDir', join(root, 'named')],
      ['dataDir', join(root, 'named/pets')],
    ] as const;
    // Each folder that is filled goes before those that were filled earlier.
    for (const [label, folder] of order) {
      writeFiles(folder, FILES);
      const { found, searched } = await locate('pets', dataDir, here);
      assert.is(found, folder);
      assert.is(searched.at(-1)?.label, label);
      assert.is((await loadDataset(request('pets', { dataDir }).request, here)).origin, folder);
    }
  }));

test('the cache folder is where each system keeps such things', () => {
  const cacheOf = (platform: NodeJS.Platform, env: Record<string, string>) =>
    placesOf('pets', undefined, { ...machine('/root', []), platform, env }).find(
      ({ label }) => label === 'cache',
    )?.folder;
  assert.is(cacheOf('linux', {}), '/root/home/.cache/cnnzoo/pets');
  assert.is(cacheOf('linux', { XDG_CACHE_HOME: '/var/xdg' }), '/var/xdg/cnnzoo/pets');
  assert.is(cacheOf('linux', { XDG_CACHE_HOME: 'relative' }), '/root/home/.cache/cnnzoo/pets');
  assert.is(cacheOf('darwin', {}), '/root/home/Library/Caches/cnnzoo/pets');
  assert.is(cacheOf('win32', { LOCALAPPDATA: '/local' }), '/local/cnnzoo/pets');
});

test('CNNZOO_DATA may be several folders, as PATH is', () => {
  const folders = placesOf('pets', undefined, {
    ...machine('/root', []),
    env: { CNNZOO_DATA: ['/a', '', '/b'].join(delimiter) },
  });
  assert.equal(
    folders.filter(({ label }) => label === '$CNNZOO_DATA').map(({ folder }) => folder),
    ['/a/pets', '/a', '/b/pets', '/b'],
  );
});

test('takes plain files and the names with a dot', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/pets');
    writeFiles(folder, { trainImages: FILES.trainImages });
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), FILES.trainLabels);
    writeFileSync(join(folder, 't10k-images.idx3-ubyte'), FILES.testImages);
    writeFileSync(join(folder, 't10k-labels.idx1-ubyte.gz'), FILES.testLabels);
    const { request: wanted, notices } = request('pets');
    const dataset = await loadDataset(wanted, machine(root, SOURCES));
    assert.equal([dataset.name, dataset.train.count, dataset.test.count], ['pets', 7, 4]);
    assert.equal(dataset.classes, ['cat', 'dog', 'owl']);
    assert.equal(notices, []);
  }));

test('other content under a known name is used, said, and has an identity of its own', () =>
  withFolder(async (root) => {
    const here = machine(root, SOURCES);
    const folder = join(root, 'system/pets');
    writeFiles(folder, FILES);
    const published = await loadDataset(request('pets').request, here);
    writeFiles(folder, { trainImages: smallFiles({ first: 3 }).trainImages });
    const { request: wanted, notices } = request('pets');
    const mine = await loadDataset(wanted, here);
    assert.is.not(mine.identity, published.identity);
    assert.equal(notices, [
      {
        kind: 'warning',
        message: `${folder} holds other data than the published pets (train-images-idx3-ubyte.gz); it is used as it is.`,
      },
    ]);
  }));

test('says when the data was found elsewhere than --data-dir', () =>
  withFolder(async (root) => {
    writeFiles(join(root, 'system/pets'), FILES);
    const { request: wanted, notices } = request('pets', { dataDir: join(root, 'typo') });
    await loadDataset(wanted, machine(root, SOURCES));
    assert.equal(notices, [
      { kind: 'warning', message: `pets is not in --data-dir ${root}/typo; using ${root}/system/pets.` },
    ]);
  }));

test("never takes another set's files of the same names", () =>
  withFolder(async (root) => {
    const here = machine(root, SOURCES);
    writeFiles(join(root, 'toys'), smallFiles({ test: 5, first: 9 }));
    writeFiles(join(root, 'system/pets'), FILES);
    const { searched } = await locate('pets', join(root, 'toys'), here);
    assert.is(searched.find(({ folder }) => folder === join(root, 'toys'))?.state, 'the files of toys');
    const wanted = request('pets', { dataDir: join(root, 'toys') }).request;
    assert.is((await loadDataset(wanted, here)).origin, join(root, 'system/pets'));
    // Nor are they fetched over.
    writeFiles(join(root, 'home/.cache/cnnzoo/pets'), smallFiles({ test: 5, first: 9 }));
    const elsewhere = { ...here, systemFolder: join(root, 'nowhere') };
    assert.is(
      (await thrown(loadDataset(request('pets').request, elsewhere))).message,
      `${root}/home/.cache/cnnzoo/pets holds toys where pets was expected; move its files to a folder named toys, ` +
        'and the next run fetches pets.',
    );
  }));

test('a damaged file is an error that names it, also where a stand-in is declared', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/pets');
    writeFiles(folder, { ...FILES, testImages: FILES.testImages.subarray(0, 40) });
    const wanted = request('pets', { explicit: false, standIn: 'digits' }).request;
    const error = await thrown(loadDataset(wanted, machine(root, SOURCES)));
    assert.instance(error, WorkError);
    assert.is(
      error.message,
      `${folder}/t10k-images-idx3-ubyte.gz is cut short: expected 4 images of 4x3 (48 bytes), got 24 bytes; ` +
        'delete it, and the next run fetches it again.',
    );
  }));

test('a folder of the user is a data set named after it', () =>
  withFolder(async (root) => {
    const folder = join(root, 'birds');
    writeFiles(folder, FILES);
    const here = machine(root, SOURCES);
    const dataset = await loadDataset(request(folder).request, here);
    assert.equal([dataset.name, dataset.origin], ['birds', folder]);
    assert.equal(dataset.classes, ['0', '1', '2']);
    // The files name no classes: a model with more of them is right too, one with fewer is not.
    assert.is((await loadDataset(request(folder, { classes: 5 }).request, here)).classes.length, 5);
    assert.is(
      (await thrown(loadDataset(request(folder, { classes: 2 }).request, here))).message,
      'The data set birds has images of 4x3x1 in 3 classes, but the model expects 4x3x1 in 2; build the model for ' +
        'them with --classes 3, or name other data with --dataset.',
    );
  }));

test('refuses folders with nothing known in them', () =>
  withFolder(async (root) => {
    const here = machine(root, SOURCES);
    const messageOf = async (name: string) =>
      (await thrown(loadDataset(request(name).request, here))).message;
    const files =
      'train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz';
    assert.is(
      await messageOf(root),
      `${root} holds no data set that is known here; expected IDX files (${files}, gzipped or not), Keras's ` +
        "mnist.npz, tables of pixels (train.csv, test.csv), or CIFAR-10's " +
        'binary version (cifar-10-binary.tar.gz, or its files data_batch_1.bin and so on), or a folder of pictures for ' +
        'each class (CLASS/*.jpg, or train/CLASS/*.jpg, val/CLASS/*.jpg and test/CLASS/*.jpg).',
    );
    assert.is(
      await messageOf(join(root, 'none')),
      `There is no data folder ${root}/none; expected the name of a data set or a folder.`,
    );
    writeFiles(join(root, 'part'), { trainImages: FILES.trainImages, testLabels: FILES.testLabels });
    assert.is(
      await messageOf(join(root, 'part')),
      `${root}/part holds a data set of IDX files, but not all of them: put train-labels-idx1-ubyte.gz and ` +
        't10k-images-idx3-ubyte.gz there too.',
    );
    writeFileSync(join(root, 'file'), '');
    assert.is(
      await messageOf(join(root, 'file')),
      `${root}/file is a file that holds no data set; expected a folder, an IDX file, Keras's mnist.npz, or a table of pixels (label,pixel0,pixel1, ... or without label).`,
    );
  }));

test('an unknown name is wrong usage, with the near miss', () =>
  withFolder(async (root) => {
    const error = await thrown(loadDataset(request('petz').request, machine(root, SOURCES)));
    assert.instance(error, UsageError);
    assert.is(
      error.message,
      'There is no data set "petz". Did you mean "pets"? Expected pets, toys, digits, shapes, or a folder such as ./petz.',
    );
  }));

test('data that does not fit the model is refused before anything is fetched', () =>
  withFolder(async (root) => {
    const wanted = request('pets', { shape: [8, 8, 3], classes: 4 }).request;
    const error = await thrown(loadDataset(wanted, machine(root, SOURCES)));
    assert.instance(error, UsageError);
    assert.is(
      error.message,
      'The data set pets has images of 4x3x1 in 3 classes, but the model expects 8x8x3 in 4; build the model for ' +
        'them with --input 4x3x1 --classes 3, or name other data with --dataset.',
    );
  }));

test('what cannot be had is an error that lists what was tried and the ways out', () =>
  withFolder(async (root) => {
    const nobody = await closedAddress();
    const source = smallSource('pets', FILES, [`${nobody}/a/`, `${nobody}/b/`]);
    writeFiles(join(root, 'named/pets'), { trainImages: FILES.trainImages, trainLabels: FILES.trainLabels });
    const wanted = request('pets', { ...DIGITS, dataDir: join(root, 'named') }).request;
    const here = machine(root, [{ ...source, ...digitsForm() }], { HTTPS_PROXY: 'http://proxy' });
    const error = await thrown(loadDataset(wanted, here));
    assert.instance(error, WorkError);
    // Each line is a sentence of its own, so that it is printed as a line; a name in it is not.
    assert.is((error as unknown as WorkError).sentences.length, 14);
    assert.is(
      error.message,
      [
        'The data set pets is not on this machine and could not be fetched.',
        'Looked in:',
        `  ${root}/named/pets (--data-dir): 2 of 4 files, without t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz`,
        `  ${root}/named (--data-dir): none of its files`,
        `  ${root}/home/.cache/cnnzoo/pets (cache): no such folder`,
        `  ${root}/system/pets (system): no such folder`,
        'Tried:',
        `  ${nobody}/a/t10k-images-idx3-ubyte.gz: refuses the connection`,
        `  ${nobody}/b/t10k-images-idx3-ubyte.gz: refuses the connection`,
        'Ways out:',
        '  put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, ' +
          `t10k-labels-idx1-ubyte.gz into ${root}/named/pets`,
        '  name the folder that holds them with --data-dir DIR or $CNNZOO_DATA',
        '  use the built-in generator: --dataset digits',
        '  Node.js passes your proxy by unless NODE_USE_ENV_PROXY=1 is set (Node.js 22.21 or later)',
      ].join('\n'),
    );
  }));

/** The form of a source that digits could stand in for. */
function digitsForm() {
  return { shape: DIGITS.shape, classes: Array.from({ length: 10 }, (_, i) => `${i}`) };
}

test('the stand-in is used, and said, only where the user did not name the data set', () =>
  withFolder(async (root) => {
    const nobody = await closedAddress();
    const source = { ...smallSource('pets', FILES, [`${nobody}/`]), ...digitsForm() };
    const here = machine(root, [source]);
    const { request: wanted, notices } = request('pets', { ...DIGITS, explicit: false, standIn: 'digits' });
    const dataset = await loadDataset(wanted, here);
    assert.equal([dataset.name, dataset.origin], ['digits', 'built-in generator']);
    assert.equal(notices, [
      {
        kind: 'warning',
        message:
          `pets is not on this machine and could not be fetched (${nobody}/train-images-idx3-ubyte.gz: ` +
          'refuses the connection). Using the built-in generator digits instead, so the results are about digits. ' +
          `For pets itself, put its four files into ${root}/home/.cache/cnnzoo/pets or name the folder with --data-dir.`,
      },
    ]);
    const named = request('pets', { ...DIGITS, explicit: true, standIn: 'digits' }).request;
    assert.match(
      (await thrown(loadDataset(named, here))).message,
      /^The data set pets is not on this machine/,
    );
  }));

test('knows mnist, fashion-mnist, cifar10, digits and shapes', async () => {
  assert.equal(
    knownDatasets().map(({ name, kind, shape, classes, images }) => [
      name,
      kind,
      shape,
      classes.length,
      images,
    ]),
    [
      ['mnist', 'download', [28, 28, 1], 10, { train: 60_000, test: 10_000 }],
      ['fashion-mnist', 'download', [28, 28, 1], 10, { train: 60_000, test: 10_000 }],
      ['cifar10', 'download', [32, 32, 3], 10, { train: 50_000, test: 10_000 }],
      ['digits', 'generator', [28, 28, 1], 10, { train: 60_000, test: 10_000 }],
      ['shapes', 'generator', [224, 224, 3], 10, { train: 10_000, test: 2_000 }],
    ],
  );
  assert.equal(
    knownDatasets().flatMap(({ name, anySize }) => (anySize ? [name] : [])),
    ['shapes'],
  );
  assert.equal(await locate('digits'), { found: 'built-in generator', searched: [], files: '' });
});

test('leaves no folder behind where no mirror answers', () =>
  withFolder(async (root) => {
    const here = machine(root, [smallSource('pets', FILES, [`${await closedAddress()}/`])]);
    await thrown(loadDataset(request('pets').request, here));
    const { searched } = await locate('pets', undefined, here);
    assert.is(searched[0]?.state, 'no such folder');
  }));

test.run();
