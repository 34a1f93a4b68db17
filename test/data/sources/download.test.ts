import '../../support/flags.js';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { IDX_ROLES, publishedName } from '../../../src/data/formats/idx-dataset.js';
import { loadDataset } from '../../../src/data/index.js';
import { download } from '../../../src/data/sources/download.js';
import type { Surroundings } from '../../../src/data/sources/surroundings.js';
import {
  idx,
  machine,
  noise,
  request,
  smallFiles,
  smallSource,
  thrown,
} from '../../support/files/small-data.js';
import { withFolder } from '../../support/folders.js';

// Training images large enough, and noisy enough for gzip, that they come in many pieces.
const FILES = {
  ...smallFiles({ train: 60_000, test: 3_000 }),
  trainImages: idx([60_000, 4, 3], noise(720_000)),
};
const TRAIN_IMAGES = publishedName('trainImages');

interface Seen {
  readonly url: string;
  readonly range: string | undefined;
}

type Answer = (name: string, request: IncomingMessage, response: ServerResponse) => void;

function contentOf(name: string): Buffer {
  const role = IDX_ROLES.find((role) => publishedName(role) === name);
  if (role === undefined) throw new Error(`unexpected request for ${name}`);
  return gzipSync(FILES[role]);
}

/** How the mirrors of these tests behave; the first part of an address's path names one. */
const MIRRORS: Readonly<Record<string, Answer>> = {
  good(name, { headers }, response) {
    const content = contentOf(name);
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (from >= content.length) return void response.writeHead(416).end();
    response.setHeader('content-length', content.length - from);
    if (from > 0)
      response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`);
    response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from));
  },
  ignoresRanges(name, _, response) {
    response.writeHead(200).end(contentOf(name));
  },
  otherCompression(name, _, response) {
    const role = IDX_ROLES.find((role) => publishedName(role) === name)!;
    response.writeHead(200).end(gzipSync(FILES[role], { level: 1 }));
  },
  wrong(_, __, response) {
    response.writeHead(200).end(gzipSync('something else'));
  },
  absent(_, __, response) {
    response.writeHead(404).end('no such page');
  },
  silent() {},
  breaksOff(name, _, response) {
    const content = contentOf(name);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, content.length / 2));
    // Not before the client has seen it: what it has received and not read is lost with the connection.
    setTimeout(() => response.destroy(), 1000);
  },
  standsStill(name, _, response) {
    const content = contentOf(name);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, content.length / 2));
  },
  endless(_, __, response) {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(100_000)));
    };
    response.on('drain', more);
    more();
  },
};

/** Runs `use` with a server of all mirrors and an empty folder; `seen` fills with the requests. */
async function withMirrors(
  use: (context: { root: string; seen: Seen[]; address: string }) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    const [, mirror, name] = incoming.url!.split('/');
    seen.push({ url: incoming.url!, range: incoming.headers.range });
    MIRRORS[mirror!]!(name!, incoming, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await withFolder((root) => use({ root, seen, address }));
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

/** Fetches the training images from the named mirrors into `root`. */
function fetchImages(
  root: string,
  address: string,
  mirrors: readonly string[],
  rest: { readonly signal?: AbortSignal; readonly patience?: Partial<Surroundings> } = {},
) {
  const source = smallSource(
    'pets',
    FILES,
    mirrors.map((mirror) => `${address}/${mirror}/`),
  );
  const { signal, patience } = rest;
  const surroundings = { ...machine(root, []), ...patience };
  return download(source, ['trainImages'], root, { notify: () => {}, signal, surroundings });
}

function assertWhole(folder: string): void {
  assert.equal(readdirSync(folder), [TRAIN_IMAGES]);
  assert.is(Buffer.compare(readFileSync(join(folder, TRAIN_IMAGES)), contentOf(TRAIN_IMAGES)), 0);
}

test('fetches what is missing into the cache, says how far it is, and finds it there the next time', () =>
  withMirrors(async ({ root, seen, address }) => {
    const here = machine(root, [smallSource('pets', FILES, [`${address}/good/`])]);
    const { request: wanted, notices } = request('pets');
    const folder = join(root, 'home/.cache/cnnzoo/pets');
    const dataset = await loadDataset(wanted, here);
    assert.equal([dataset.train.count, dataset.test.count, dataset.origin], [60_000, 3_000, folder]);
    assert.equal(readdirSync(folder).sort(), IDX_ROLES.map(publishedName).sort());
    const size = contentOf(TRAIN_IMAGES).length;
    const progress = notices.filter(
      (notice) => notice.kind === 'progress' && notice.task.includes('train-images'),
    );
    assert.equal(progress.at(-1), {
      kind: 'progress',
      task: `pets: ${TRAIN_IMAGES}`,
      done: size,
      total: size,
      unit: 'bytes',
    });
    assert.equal(notices.at(-1), { kind: 'notice', message: `Fetched pets into ${folder}.` });
    assert.is((await loadDataset(request('pets').request, here)).identity, dataset.identity);
    assert.is(seen.length, 4);
  }));

test('fetches into --data-dir where it is named, and only what is missing there', () =>
  withMirrors(async ({ root, seen, address }) => {
    const here = machine(root, [smallSource('pets', FILES, [`${address}/good/`])]);
    const folder = join(root, 'named/pets');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), FILES.trainImages);
    const dataset = await loadDataset(request('pets', { dataDir: join(root, 'named') }).request, here);
    assert.is(dataset.origin, folder);
    assert.equal(
      seen.map(({ url }) => url),
      IDX_ROLES.slice(1).map((role) => `/good/${publishedName(role)}`),
    );
  }));

test('goes on with a partial download, also from another mirror', () =>
  withMirrors(async ({ root, seen, address }) => {
    assert.equal(await fetchImages(root, address, ['breaksOff']), [
      { where: `${address}/breaksOff/${TRAIN_IMAGES}`, reason: 'broke the connection off' },
    ]);
    const half = Math.floor(contentOf(TRAIN_IMAGES).length / 2);
    assert.is(statSync(join(root, `${TRAIN_IMAGES}.part`)).size, half);
    assert.equal(await fetchImages(root, address, ['good']), []);
    assert.is(seen.at(-1)?.range, `bytes=${half}-`);
    assertWhole(root);
  }));

test('begins again where a server knows no ranges', () =>
  withMirrors(async ({ root, address }) => {
    writeFileSync(join(root, `${TRAIN_IMAGES}.part`), 'not the beginning of the file');
    assert.equal(await fetchImages(root, address, ['ignoresRanges']), []);
    assertWhole(root);
  }));

test('begins again where a partial download turns out to be of something else', () =>
  withMirrors(async ({ root, seen, address }) => {
    writeFileSync(join(root, `${TRAIN_IMAGES}.part`), 'not the beginning of the file');
    assert.equal(await fetchImages(root, address, ['good']), []);
    assert.equal(
      seen.map(({ range }) => range),
      ['bytes=29-', undefined],
    );
    assertWhole(root);
  }));

test('never writes through a link in the place of a partial download', () =>
  withMirrors(async ({ root, address }) => {
    const victim = join(root, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(root, `${TRAIN_IMAGES}.part`));
    assert.equal(await fetchImages(root, address, ['good']), []);
    assert.is(readFileSync(victim, 'utf8'), 'precious');
    rmSync(victim);
    assertWhole(root);
  }));

test('takes a partial download that was whole', () =>
  withMirrors(async ({ root, address }) => {
    writeFileSync(join(root, `${TRAIN_IMAGES}.part`), contentOf(TRAIN_IMAGES));
    assert.equal(await fetchImages(root, address, ['good']), []);
    assertWhole(root);
  }));

test('knows the content in another compression', () =>
  withMirrors(async ({ root, address }) => {
    assert.equal(await fetchImages(root, address, ['otherCompression']), []);
    assert.equal(readdirSync(root), [TRAIN_IMAGES]);
  }));

test('tries the next mirror when one has it wrong, has it not, or is silent, and says why', () =>
  withMirrors(async ({ root, address }) => {
    const bad = ['wrong', 'absent', 'endless', 'silent', 'standsStill'];
    const patience = { connectMs: [400, 200], stallMs: 400 } as const;
    assert.equal(await fetchImages(root, address, [...bad, 'good'], { patience }), []);
    assertWhole(root);
    const other = join(root, 'other');
    assert.equal(await fetchImages(other, address, bad, { patience }), [
      {
        where: `${address}/wrong/${TRAIN_IMAGES}`,
        reason: 'its checksum (SHA-256) is not that of the published file',
      },
      { where: `${address}/absent/${TRAIN_IMAGES}`, reason: 'answered 404 Not Found' },
      {
        where: `${address}/endless/${TRAIN_IMAGES}`,
        reason: 'its checksum (SHA-256) is not that of the published file',
      },
      { where: `${address}/silent/${TRAIN_IMAGES}`, reason: 'no answer within 0.4 s' },
      { where: `${address}/standsStill/${TRAIN_IMAGES}`, reason: 'stood still for 0.4 s' },
    ]);
    assert.equal(readdirSync(other), [`${TRAIN_IMAGES}.part`]);
  }));

test('stops at the first file that no mirror gives', () =>
  withMirrors(async ({ root, seen, address }) => {
    const source = smallSource('pets', FILES, [`${address}/absent/`, `${address}/wrong/`]);
    const here = machine(root, [source]);
    assert.instance(await thrown(loadDataset(request('pets').request, here)), WorkError);
    assert.equal(
      seen.map(({ url }) => url),
      [`/absent/${TRAIN_IMAGES}`, `/wrong/${TRAIN_IMAGES}`],
    );
  }));

test('the mirror that gave one file is asked first for the next', () =>
  withMirrors(async ({ root, seen, address }) => {
    const source = smallSource('pets', FILES, [`${address}/absent/`, `${address}/good/`]);
    await loadDataset(request('pets').request, machine(root, [source]));
    assert.equal(
      seen.map(({ url }) => url.split('/')[1]),
      ['absent', 'good', 'good', 'good', 'good'],
    );
  }));

test('stops at once when it is aborted, and keeps what it has', () =>
  withMirrors(async ({ root, address }) => {
    const controller = new AbortController();
    const stop = new Error('Ctrl-C');
    const part = `${TRAIN_IMAGES}.part`;
    const watch = setInterval(() => {
      if (existsSync(join(root, part))) controller.abort(stop);
    }, 5);
    const error = await thrown(
      fetchImages(root, address, ['standsStill', 'good'], { signal: controller.signal }),
    );
    clearInterval(watch);
    assert.is(error, stop);
    assert.equal(readdirSync(root), [part]);
  }));

test('says so when the folder cannot be made', () =>
  withMirrors(async ({ root, seen, address }) => {
    writeFileSync(join(root, 'file'), '');
    const folder = join(root, 'file/pets');
    assert.equal(await fetchImages(folder, address, ['good', 'ignoresRanges']), [
      { where: folder, reason: 'cannot be written (ENOTDIR)' },
    ]);
    assert.is(seen.length, 1);
    assert.not(existsSync(folder));
  }));

test.run();
