import '../../support/flags.js';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { cifarFormat } from '../../../src/data/formats/cifar.js';
import type { CifarNames } from '../../../src/data/formats/cifar-records.js';
import type { DownloadSource } from '../../../src/data/formats/format.js';
import { loadDataset, locate } from '../../../src/data/index.js';
import { CIFAR10, CIFAR10_NAMES } from '../../../src/data/sources/sources.js';
import { imagesOf } from '../../support/files/pictures.js';
import {
  closedAddress,
  machine,
  request,
  smallFiles,
  smallSource,
  thrown,
  writeFiles,
} from '../../support/files/small-data.js';
import { type TarEntry, tar } from '../../support/files/tar.js';
import { withFolder } from '../../support/folders.js';

const FORM = { shape: [2, 2, 3], classes: 3 } as const;
const FOLDER = 'tiny-bin';
const ARCHIVE = 'tiny.tar.gz';
const TRAIN = ['batch_1.bin', 'batch_2.bin'];
const TEST = 'test.bin';

/** A label byte and the planes of an image, which count up from `first`. */
function record(label: number, first: number): number[] {
  return [label, ...Array.from({ length: 12 }, (_, i) => first + i)];
}

const FILES: Readonly<Record<string, Buffer>> = {
  'batch_1.bin': Buffer.from([...record(0, 0), ...record(1, 20)]),
  'batch_2.bin': Buffer.from([...record(2, 40), ...record(0, 60)]),
  'test.bin': Buffer.from(record(1, 100)),
};

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function archive(files: Readonly<Record<string, Buffer>> = FILES, more: readonly TarEntry[] = []): Buffer {
  const entries = Object.entries(files).map(([name, content]) => ({ name: `${FOLDER}/${name}`, content }));
  const readme = { name: `${FOLDER}/readme.html`, content: Buffer.from('about') };
  return gzipSync(tar([{ name: `${FOLDER}/`, type: '5' }, readme, ...entries, ...more]));
}

/** A data set of two files of two records to train, and one of one to test. */
function source(mirrors: readonly string[] = []): DownloadSource {
  const named = (name: string) => ({ name, sha256: sha256(FILES[name]!) });
  const names: CifarNames = {
    archive: ARCHIVE,
    folder: FOLDER,
    train: TRAIN.map(named),
    test: [named(TEST)],
  };
  return {
    name: 'tiny',
    shape: FORM.shape,
    classes: ['cat', 'dog', 'owl'],
    images: { train: 4, test: 1 },
    mirrors,
    format: cifarFormat(names),
    files: { archive: { gzipSha256: sha256(archive()), bytes: archive().length } },
  };
}

function write(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

async function load(root: string, from = source()) {
  const { request: wanted, notices } = request('tiny', FORM);
  const dataset = await loadDataset(wanted, machine(root, [from]));
  return { dataset, said: notices.filter(({ kind }) => kind !== 'progress') };
}

test('cifar10 is known as it was published', async () => {
  assert.equal([CIFAR10.shape, CIFAR10.images], [[32, 32, 3], { train: 50_000, test: 10_000 }]);
  assert.is(CIFAR10.classes.join(), 'airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck');
  assert.is(
    CIFAR10.files.archive?.gzipSha256,
    'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  );
  assert.equal(
    [...CIFAR10_NAMES.train, ...CIFAR10_NAMES.test].map(({ name }) => name),
    [
      'data_batch_1.bin',
      'data_batch_2.bin',
      'data_batch_3.bin',
      'data_batch_4.bin',
      'data_batch_5.bin',
      'test_batch.bin',
    ],
  );
});

test('reads the archive as it is: planes become pixels, nothing is unpacked to the disk', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/tiny');
    write(folder, { [ARCHIVE]: archive() });
    const { dataset, said } = await load(root);
    assert.equal([dataset.name, dataset.origin, dataset.shape], ['tiny', folder, [2, 2, 3]]);
    assert.equal([...dataset.train.labels], [0, 1, 2, 0]);
    assert.equal([...dataset.test.labels], [1]);
    assert.equal((await imagesOf(dataset.train, 12))[1], [20, 24, 28, 21, 25, 29, 22, 26, 30, 23, 27, 31]);
    assert.equal(await imagesOf(dataset.test, 12), [
      [100, 104, 108, 101, 105, 109, 102, 106, 110, 103, 107, 111],
    ]);
    assert.equal([readdirSync(folder), said], [[ARCHIVE], []]);
  }));

test('reads what someone has unpacked, in its folder or not, with the same identity', () =>
  withFolder(async (root) => {
    write(join(root, 'system/tiny'), { [ARCHIVE]: archive() });
    const { dataset } = await load(root);
    rmSync(join(root, 'system'), { recursive: true });
    for (const folder of [`system/tiny/${FOLDER}`, 'home/.cache/cnnzoo/tiny']) {
      write(join(root, folder), FILES);
      const unpacked = (await load(root)).dataset;
      assert.is(unpacked.identity, dataset.identity);
      assert.equal(await imagesOf(unpacked.train, 12), await imagesOf(dataset.train, 12));
    }
    const { found } = await locate('tiny', undefined, machine(root, [source()]));
    assert.is(found, join(root, 'home/.cache/cnnzoo/tiny'));
  }));

test('other content is used, said, and has an identity of its own', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/tiny');
    write(folder, { [ARCHIVE]: archive() });
    const { identity } = (await load(root)).dataset;
    write(folder, { [ARCHIVE]: archive({ ...FILES, 'test.bin': Buffer.from(record(2, 100)) }) });
    const { dataset, said } = await load(root);
    assert.is.not(dataset.identity, identity);
    assert.equal(said, [
      {
        kind: 'warning',
        message: `${folder} holds other data than the published tiny (test.bin); it is used as it is.`,
      },
    ]);
  }));

test('a bad archive is an error of one sentence', () =>
  withFolder(async (root) => {
    const path = join(root, 'system/tiny', ARCHIVE);
    const remedy = '; delete it, and the next run fetches it again.';
    const messageOf = async (content: Uint8Array): Promise<string> => {
      write(join(root, 'system/tiny'), { [ARCHIVE]: content });
      const error = await thrown(load(root));
      assert.instance(error, WorkError);
      return error.message;
    };
    const { 'test.bin': testFile, ...rest } = FILES;
    assert.is(await messageOf(archive(rest)), `${path} has no test.bin in it${remedy}`);
    assert.is(
      await messageOf(archive({ ...rest, 'test.bin': testFile!.subarray(1) })),
      `${path} (${FOLDER}/test.bin) has 12 bytes, but expected 13, 1 record of 13${remedy}`,
    );
    assert.is(
      await messageOf(archive({ ...rest, 'test.bin': Buffer.from(record(3, 0)) })),
      `${path} (${FOLDER}/test.bin) gives record 0 the label 3, but expected 0 to 2${remedy}`,
    );
    assert.is(
      await messageOf(archive(FILES, [{ name: 'more/test.bin', content: testFile! }])),
      `${path} holds test.bin twice${remedy}`,
    );
    assert.is(
      await messageOf(archive(FILES, [{ name: '../../evil', content: testFile! }])),
      `${path} holds a path that leads out of it, "../../evil", and is not to be trusted${remedy}`,
    );
    assert.is(
      await messageOf(archive(FILES, [{ name: 'more', content: Buffer.alloc(2 << 20) }])),
      `${path} unpacks to more than 1,048,641 bytes${remedy}`,
    );
    assert.match(
      await messageOf(archive().subarray(0, 100)),
      `${path} is cut short: its gzip stream ends after`,
    );
  }));

test('a bad file in an unpacked folder is an error that names it', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/tiny', FOLDER);
    write(folder, { ...FILES, 'batch_2.bin': FILES['batch_2.bin']!.subarray(5) });
    assert.is(
      (await thrown(load(root))).message,
      `${folder}/batch_2.bin has 21 bytes, but expected 26, 2 records of 13; delete it, and the next run fetches it again.`,
    );
  }));

test('is fetched where it is missing, and only the published archive is taken', () =>
  withFolder(async (root) => {
    // The same content, compressed in another way, is not known by its checksum.
    const other = gzipSync(gunzipSync(archive()), { level: 1 });
    const server = createServer(({ url }, response) => {
      response.end(url!.startsWith('/good/') ? archive() : url!.startsWith('/other/') ? other : 'a page');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = join(root, 'home/.cache/cnnzoo/tiny');
    try {
      const bad = await thrown(load(root, source([`${address}/bad/`, `${address}/other/`])));
      const reason = 'its checksum (SHA-256) is not that of the published file';
      assert.match(
        bad.message,
        `  ${address}/bad/${ARCHIVE}: ${reason}\n  ${address}/other/${ARCHIVE}: ${reason}\n`,
      );
      assert.match(
        bad.message,
        `  put ${ARCHIVE} into ${folder}\n  name the folder that holds it with --data-dir DIR`,
      );
      assert.equal(readdirSync(folder), []);
      const { dataset, said } = await load(root, source([`${address}/bad/`, `${address}/good/`]));
      assert.is(dataset.train.count, 4);
      assert.equal(said, [{ kind: 'notice', message: `Fetched tiny into ${folder}.` }]);
      assert.equal(readdirSync(folder), [ARCHIVE]);
    } finally {
      server.close();
      await once(server, 'close');
    }
  }));

test('where it cannot be had, shapes may stand in', () =>
  withFolder(async (root) => {
    const here = machine(root, [source([`${await closedAddress()}/`])]);
    const { request: wanted, notices } = request('tiny', { ...FORM, explicit: false, standIn: 'shapes' });
    const dataset = await loadDataset(wanted, here);
    assert.equal(
      [dataset.name, dataset.shape, dataset.classes],
      ['shapes', [2, 2, 3], ['circle', 'square', 'triangle']],
    );
    assert.is(notices.length, 1);
    const error = await thrown(loadDataset(request('tiny', FORM).request, here));
    assert.match(error.message, '  use the built-in generator: --dataset shapes');
  }));

test('labels that cannot be read through belong to no other data set, one of another form included', () =>
  withFolder(async (root) => {
    const folder = join(root, 'system/pets');
    writeFiles(folder, smallFiles());
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte.gz'), Buffer.from([0x1f, 0x8b, 8, 0]));
    const { searched } = await locate(
      'pets',
      undefined,
      machine(root, [smallSource('pets', smallFiles()), CIFAR10]),
    );
    assert.is(searched.at(-1)?.state, 'complete');
  }));

test("a folder of the user's may be CIFAR-10's", () =>
  withFolder(async (root) => {
    const folder = join(root, 'mine');
    const form = { shape: [32, 32, 3], classes: 10 } as const;
    const messageOf = async () => (await thrown(loadDataset(request(folder, form).request))).message;
    write(folder, { 'data_batch_1.bin': Buffer.alloc(5), 'test_batch.bin': Buffer.alloc(5) });
    assert.is(
      await messageOf(),
      `${folder} holds CIFAR-10's binary version, but not all of it: put data_batch_2.bin, data_batch_3.bin, ` +
        'data_batch_4.bin and data_batch_5.bin there too.',
    );
    const batch = Buffer.alloc(10_000 * 3073);
    for (let i = 0; i < 10_000; i++) batch[i * 3073] = i % 10;
    const names = [...CIFAR10_NAMES.train, ...CIFAR10_NAMES.test].map(({ name }) => name);
    write(folder, Object.fromEntries(names.map((name) => [name, batch])));
    const { name, train, test: other } = await loadDataset(request(folder, form).request);
    assert.equal([name, train.count, other.count], ['cifar10', 50_000, 10_000]);
    assert.equal([...train.labels.subarray(9_999, 10_003)], [9, 0, 1, 2]);
    write(folder, { 'data_batch_3.bin': batch.subarray(1) });
    assert.is(
      await messageOf(),
      `${folder}/data_batch_3.bin has 30,729,999 bytes, but expected 30,730,000, 10,000 records of 3,073; replace it ` +
        'with an undamaged copy.',
    );
  }));

test.run();
