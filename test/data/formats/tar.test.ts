import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { readTar } from '../../../src/data/formats/tar.js';
import type { TarOptions } from '../../../src/data/formats/tar-content.js';
import { thrown } from '../../support/files/small-data.js';
import { tar } from '../../support/files/tar.js';
import { withFolder } from '../../support/folders.js';

const text = (content: string): Buffer => Buffer.from(content);

/** Everything that an archive holds, by name. */
async function contents(path: string, rest: Partial<TarOptions> = {}): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await readTar(path, {
    wants: () => true,
    take: (name, content) => {
      found[name] = Buffer.from(content).toString();
    },
    mostBytes: 1e6,
    remedy: 'fetch it again',
    ...rest,
  });
  return found;
}

async function messageOf(path: string, archive: Uint8Array, rest: Partial<TarOptions> = {}): Promise<string> {
  writeFileSync(path, archive);
  const error = await thrown(contents(path, rest));
  assert.instance(error, WorkError);
  return error.message;
}

test('reads the files of an archive, gzipped or not, of any length', () =>
  withFolder(async (root) => {
    const long = 'x'.repeat(3000);
    const archive = tar([
      { name: 'data/', type: '5' },
      { name: 'data/a.bin', content: text('hello') },
      { name: 'data/empty' },
      { name: 'b'.repeat(100), prefix: 'deep/er', content: text(long) },
      { name: './block', content: text(long.slice(0, 512)) },
    ]);
    const expected = {
      'data/a.bin': 'hello',
      'data/empty': '',
      [`deep/er/${'b'.repeat(100)}`]: long,
      './block': long.slice(0, 512),
    };
    writeFileSync(join(root, 'a.tar'), archive);
    assert.equal(await contents(join(root, 'a.tar')), expected);
    writeFileSync(join(root, 'a.tar.gz'), gzipSync(archive));
    assert.equal(await contents(join(root, 'a.tar.gz')), expected);
    assert.equal(await contents(join(root, 'a.tar'), { wants: (name) => name === 'data/a.bin' }), {
      'data/a.bin': 'hello',
    });
  }));

test('knows the long names of pax and GNU archives', () =>
  withFolder(async (root) => {
    const name = 'n'.repeat(150);
    const attributes = `${name.length + 10} path=${name}\n`;
    writeFileSync(
      join(root, 'a.tar'),
      tar([
        { name: 'g', type: 'g', content: text('19 comment=nothing\n') },
        { name: 'x', type: 'x', content: text(`12 mtime=1\n${attributes}`) },
        { name: 'cut', content: text('pax') },
        { name: '././@LongLink', type: 'L', content: text(`g${name}\0`) },
        { name: 'cut', content: text('gnu') },
        { name: 'short', content: text('own') },
      ]),
    );
    assert.equal(await contents(join(root, 'a.tar')), { [name]: 'pax', [`g${name}`]: 'gnu', short: 'own' });
  }));

test('refuses paths that lead out of the archive, and writes nothing', () =>
  withFolder(async (root) => {
    const path = join(root, 'in/a.tar.gz');
    writeFileSync(join(root, 'before'), '');
    mkdirSync(dirname(path));
    const evil = text('evil');
    for (const name of [
      '../evil',
      'data/../../evil',
      '/tmp/evil',
      '..',
      'C:/evil',
      'C:evil',
      '..\\evil',
      '\\evil',
    ])
      assert.is(
        await messageOf(
          path,
          gzipSync(
            tar([
              { name: 'data/good', content: evil },
              { name, content: evil },
            ]),
          ),
        ),
        `${path} holds a path that leads out of it, "${name}", and is not to be trusted; fetch it again.`,
      );
    const hidden = [
      [
        { name: 'x', type: 'x', content: text('16 path=../evil\n') },
        { name: 'fine', content: evil },
      ],
      [
        { name: 'L', type: 'L', content: text('../evil\0') },
        { name: 'fine', content: evil },
      ],
      [{ name: 'evil', prefix: '..', content: evil }],
      [{ name: '../evil', type: '5' }],
    ];
    for (const entries of hidden)
      assert.match(await messageOf(path, tar(entries)), 'leads out of it, "../evil"');
    assert.equal([readdirSync(root).sort(), readdirSync(join(root, 'in'))], [['before', 'in'], ['a.tar.gz']]);
    // Two dots in a name are no way out.
    writeFileSync(path, tar([{ name: 'a..b/..c', content: evil }]));
    assert.equal(Object.keys(await contents(path)), ['a..b/..c']);
  }));

test('refuses links and devices', () =>
  withFolder(async (root) => {
    const path = join(root, 'a.tar');
    for (const type of ['1', '2', '3', '4', '6', 'S'])
      assert.is(
        await messageOf(path, tar([{ name: 'link', type }])),
        `${path} holds "link", which is neither a file nor a folder, and is not to be trusted; fetch it again.`,
      );
  }));

test('a damaged archive is an error that says where', () =>
  withFolder(async (root) => {
    const path = join(root, 'a.tar.gz');
    const archive = tar([
      { name: 'a', content: text('a'.repeat(5000)) },
      { name: 'b', content: text('b') },
    ]);
    const gzipped = gzipSync(archive, { level: 0 });
    assert.is(
      await messageOf(path, new Uint8Array()),
      `${path} is empty: expected a tar archive; fetch it again.`,
    );
    assert.is(
      await messageOf(path, archive.subarray(0, 3000)),
      `${path} is cut short: its end mark is missing after 3,000 bytes; fetch it again.`,
    );
    assert.is(
      await messageOf(path, archive.subarray(0, -1024)),
      `${path} is cut short: its end mark is missing after 6,656 bytes; fetch it again.`,
    );
    assert.match(
      await messageOf(path, gzipped.subarray(0, 3000)),
      new RegExp(`^${path} is cut short: its gzip stream ends after [\\d,]+ bytes; fetch it again.$`),
    );
    const flipped = Buffer.from(gzipped);
    flipped[2000]! ^= 1;
    assert.match(
      await messageOf(path, flipped),
      new RegExp(
        `^${path} is damaged: its gzip stream breaks \\(incorrect data check\\) after [\\d,]+ bytes; fetch it again.$`,
      ),
    );
    const other = Buffer.from(archive);
    other[0]! ^= 1;
    const noHeader = `${path} is no tar archive, or is damaged: there is no header where one is due; fetch it again.`;
    assert.is(await messageOf(path, other), noHeader);
    assert.is(await messageOf(path, Buffer.from('<html>'.repeat(200))), noHeader);
    assert.is(
      await messageOf(path, gzipSync(tar([{ name: 'x', type: 'x', size: 70_000 }]))),
      `${path} has a header of 70,000 bytes; fetch it again.`,
    );
    assert.is(
      (await thrown(contents(join(root, 'missing')))).message,
      `${root}/missing could not be read (ENOENT); fetch it again.`,
    );
  }));

test('an archive that unpacks to more than it should is refused before it is unpacked', () =>
  withFolder(async (root) => {
    const path = join(root, 'a.tar.gz');
    const bomb = gzipSync(tar([{ name: 'zeros', content: Buffer.alloc(5_000_000) }]));
    assert.is(
      await messageOf(path, bomb, { wants: () => false }),
      `${path} unpacks to more than 1,000,000 bytes; fetch it again.`,
    );
    const refuse = (name: string, bytes: number): boolean => {
      throw new WorkError(`${name}: ${bytes}`);
    };
    assert.is(await messageOf(path, bomb, { wants: refuse }), 'zeros: 5000000');
  }));

test.run();
