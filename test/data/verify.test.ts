import '../support/flags.js';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type IdxRole, publishedName } from '../../src/data/formats/idx-dataset.js';
import {
  type DataNotice,
  describeDataset,
  fetchDataset,
  loadDataset,
  locate,
  oneOfEach,
  verifyDataset,
} from '../../src/data/index.js';
import { CIFAR10, SOURCES } from '../../src/data/sources/sources.js';
import { damaged, photo, plain } from '../support/files/pictures.js';
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
const quiet = { notify: () => {} };

const states = async (name: string, root: string, dataDir?: string) =>
  (await verifyDataset(name, { dataDir, ...quiet }, machine(root, [PETS]))).map(({ state }) => state);

test('files are held against the published checksums, whatever their compression', () =>
  withFolder(async (root) => {
    assert.equal(await states('pets', root), ['missing', 'missing', 'missing', 'missing']);
    const folder = join(root, 'system/pets');
    writeFiles(folder, FILES);
    rmSync(join(folder, publishedName('testLabels')));
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), FILES.testLabels);
    const verdicts = await verifyDataset('pets', quiet, machine(root, [PETS]));
    assert.equal(
      verdicts.map(({ state }) => state),
      ['published', 'published', 'published', 'published'],
    );
    assert.is(verdicts[3]!.file, join(folder, 't10k-labels-idx1-ubyte'));
    assert.is(verdicts[3]!.sha256, createHash('sha256').update(FILES.testLabels).digest('hex'));
    assert.is(verdicts[3]!.bytes, FILES.testLabels.length);
  }));

test('other content, damage and gaps are told apart', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/pets');
    const labels = Buffer.from(FILES.testLabels);
    labels[labels.length - 1] = 1;
    writeFiles(folder, { ...FILES, testLabels: labels });
    const [, , , other] = await verifyDataset('pets', quiet, machine(root, [PETS]));
    assert.equal(
      [other!.state, other!.detail],
      ['other', 'can be read, but is not the published content (t10k-labels-idx1-ubyte.gz)'],
    );
    const file = gzipSync(FILES.trainImages);
    file[file.length - 6]! ^= 0xff;
    writeFileSync(join(folder, publishedName('trainImages')), file);
    assert.equal((await states('pets', root))[0], 'damaged');
    rmSync(join(folder, publishedName('trainImages')));
    assert.equal(await states('pets', root), ['missing', 'published', 'published', 'other']);
  }));

test("a folder of the user's is sound where all of it can be read", () =>
  withFolder(async (root) => {
    for (const name of ['a', 'b']) {
      writeFiles(join(root, 'pictures', name), {});
      for (const i of [1, 2, 3]) await plain([i, 2, 3]).toFile(join(root, 'pictures', name, `${i}.png`));
    }
    const folder = join(root, 'pictures');
    const told: string[] = [];
    const quiet = {
      notify: (notice: DataNotice) => void (notice.kind === 'progress' || told.push(notice.message)),
    };
    const [sound] = await verifyDataset(folder, quiet);
    assert.is(sound!.state, 'sound');
    assert.match(sound!.detail, '4 training and 2 test images in 2 classes');
    writeFileSync(join(folder, 'a/4.png'), 'no picture');
    const [broken] = await verifyDataset(folder, quiet);
    assert.is(broken!.state, 'damaged');
    // The cell counts; the sentence is told once.
    assert.is(
      broken!.detail,
      'holds 4 training and 2 test images in 2 classes; 1 of 7 pictures cannot be used',
    );
    const damage = told.filter((message) => /1 of 7 pictures .* left out: a\/4\.png/.test(message));
    assert.is(damage.length, 1);
    rmSync(join(folder, 'a/4.png'));
    // Damage that only decoding shows.
    writeFileSync(join(folder, 'a/5.png'), damaged(await photo().png().toBuffer()));
    const [inside] = await verifyDataset(folder, quiet);
    assert.is(inside!.state, 'damaged');
    assert.match(told.at(-1)!, /1 of 7 pictures .* left out: a\/5\.png is cut short or damaged/);
    rmSync(join(folder, 'a/5.png'));
    // What is to be known of a folder is said, but is no damage.
    writeFileSync(join(folder, 'a/notes.txt'), '');
    const [noted] = await verifyDataset(folder, quiet);
    assert.is(noted!.state, 'sound');
    assert.not.match(noted!.detail, 'not read');
    assert.ok(told.some((message) => message.includes('1 file in class folders is not read (1 .txt)')));
    rmSync(join(folder, 'b'), { recursive: true });
    assert.match((await verifyDataset(folder, quiet))[0]!.detail, 'has only one class');
    assert.match((await thrown(verifyDataset('petz', quiet))).message, 'There is no data set "petz".');
  }));

test('fetching leaves what is there, goes where it is told, and says what was tried', () =>
  withFolder(async (root) => {
    const source = smallSource('pets', FILES, [`${await closedAddress()}/`]);
    const here = machine(root, [source]);
    const failure = await thrown(fetchDataset('pets', quiet, here));
    assert.match(failure.message, /^The data set pets is not on this machine and could not be fetched\./);
    writeFiles(join(root, 'system/pets'), FILES);
    assert.equal(await fetchDataset('pets', quiet, here), {
      name: 'pets',
      state: 'was there',
      folder: join(root, 'system/pets'),
      files: [],
    });
    // A folder that was named is to hold the files itself.
    const dataDir = join(root, 'usb');
    assert.is((await fetchDataset('pets', { dataDir, ...quiet }, here)).folder, join(dataDir, 'pets'));
    assert.is((await fetchDataset('digits', quiet, here)).state, 'built in');
  }));

test('fetching to a folder that was named copies what lies elsewhere as it was published', () =>
  withFolder(async (root) => {
    const source = smallSource('pets', FILES, [`${await closedAddress()}/`]);
    const mine = join(root, 'mine');
    const here = machine(root, [source], { CNNZOO_DATA: mine });
    writeFiles(join(mine, 'pets'), FILES);
    const plain = 't10k-labels-idx1-ubyte';
    rmSync(join(mine, 'pets', `${plain}.gz`));
    writeFileSync(join(mine, 'pets', plain), FILES.testLabels);
    const dataDir = join(root, 'usb');
    const { request: options, notices } = request('pets', { dataDir });
    const files = [...(['trainImages', 'trainLabels', 'testImages'] as const).map(publishedName), plain];
    assert.equal(await fetchDataset('pets', options, here), {
      name: 'pets',
      state: 'copied',
      folder: join(dataDir, 'pets'),
      files,
    });
    assert.equal(notices, [{ kind: 'notice', message: `Copied pets from ${mine}/pets.` }]);
    assert.equal(readdirSync(join(dataDir, 'pets')).sort(), [...files].sort());
    assert.equal(await states('pets', root, dataDir), ['published', 'published', 'published', 'published']);
    // Other content is no data set that was asked for by its name.
    writeFiles(join(mine, 'pets'), { trainImages: smallFiles({ first: 3 }).trainImages });
    rmSync(dataDir, { recursive: true });
    assert.match(
      (await thrown(fetchDataset('pets', options, here))).message,
      'The data set pets is not on this machine and could not be fetched.',
    );
  }));

test('what is nowhere is fetched into $CNNZOO_DATA, or into the cache where that cannot be written', () =>
  withFolder(async (root) => {
    const server = createServer((wanted, response) => {
      const role = (Object.keys(FILES) as IdxRole[]).find((one) => wanted.url === `/${publishedName(one)}`);
      response.end(role && gzipSync(FILES[role]));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const sources = [smallSource('pets', FILES, [`http://127.0.0.1:${port}/`])];
      const mine = machine(root, sources, { CNNZOO_DATA: join(root, 'mine') });
      const fetched = await fetchDataset('pets', quiet, mine);
      assert.equal([fetched.state, fetched.folder], ['fetched', join(root, 'mine/pets')]);
      rmSync(join(root, 'mine'), { recursive: true });
      const { request: options, notices } = request('pets');
      const shared = machine(root, sources, { CNNZOO_DATA: '/proc/nowhere' });
      const instead = await fetchDataset('pets', options, shared);
      assert.equal([instead.state, instead.folder], ['fetched', join(root, 'home/.cache/cnnzoo/pets')]);
      assert.equal(
        notices.filter(({ kind }) => kind === 'notice'),
        [
          {
            kind: 'notice',
            message: '/proc/nowhere/pets ($CNNZOO_DATA) cannot be written; pets goes into the cache.',
          },
        ],
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }));

test('a folder that was named is verified, or said to be without the data set, wherever else it lies', () =>
  withFolder(async (root) => {
    writeFiles(join(root, 'system/pets'), FILES);
    const dataDir = join(root, 'usb');
    const verify = () => verifyDataset('pets', { dataDir, ...quiet }, machine(root, [PETS]));
    assert.equal(
      (await verify()).map(({ state, detail }) => `${state}: ${detail}`),
      new Array(4).fill(`missing: is not in ${dataDir}`),
    );
    writeFiles(dataDir, { testLabels: FILES.testLabels });
    assert.equal(
      (await verify()).map(({ state }) => state),
      ['missing', 'missing', 'missing', 'published'],
    );
    assert.equal(await states('pets', root), ['published', 'published', 'published', 'published']);
  }));

test('an archive is called an archive, and files are called files', () =>
  withFolder(async (root) => {
    const here = { ...machine(root, SOURCES), platform: 'win32' as const };
    assert.equal(
      await Promise.all(['mnist', 'cifar10'].map(async (name) => (await locate(name, root, here)).files)),
      [
        'its four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, ' +
          't10k-labels-idx1-ubyte.gz',
        'its archive cifar-10-binary.tar.gz',
      ],
    );
    const { searched } = await locate('cifar10', root, here);
    assert.ok(searched.some(({ state }) => state === 'without its archive'));
    const { request: wanted, notices } = request('cifar10', {
      explicit: false,
      standIn: 'shapes',
      anyForm: true,
    });
    const offline = { ...here, sources: [{ ...CIFAR10, mirrors: [`${await closedAddress()}/`] }] };
    await loadDataset(wanted, offline);
    assert.match(
      notices.map((notice) => ('message' in notice ? notice.message : '')).join(),
      /put its archive into \S+ or name the folder with --data-dir\./,
    );
  }));

test('a data set is described by its classes and its pixels', () =>
  withFolder(async (root) => {
    writeFiles(join(root, 'system/pets'), FILES);
    const dataset = await loadDataset(request('pets').request, machine(root, [PETS]));
    const { classes, mean, std, sample } = await describeDataset(dataset);
    assert.equal(classes, [
      { label: 'cat', train: 3, test: 2 },
      { label: 'dog', train: 2, test: 1 },
      { label: 'owl', train: 2, test: 1 },
    ]);
    // The bytes 0 to 83.
    assert.is(sample, 7);
    assert.ok(Math.abs(mean[0]! - 41.5 / 255) < 1e-9);
    assert.ok(Math.abs(std[0]! - Math.sqrt((84 ** 2 - 1) / 12) / 255) < 1e-9);
    assert.equal(oneOfEach(dataset.train, 3, 5), [0, 1, 2, 3, 4]);
    assert.equal(oneOfEach(dataset.train, 3, 99), [0, 1, 2, 3, 4, 5, 6]);
  }));

test.run();
