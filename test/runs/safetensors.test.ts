import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeWhole } from '../../src/base/files/files.js';
import type { Tensors } from '../../src/base/tensor.js';
import { DamagedError, readMetadata, readSafetensors, writeSafetensors } from '../../src/runs/safetensors.js';
import { temporaryFolder } from '../support/folders.js';

const folder = temporaryFolder();

const tensors: Tensors = new Map([
  ['conv2d_1/kernel', { shape: [1, 2, 1, 2], data: Float32Array.of(1, -2.5, 3e-8, Number.MAX_VALUE) }],
  ['conv2d_1/bias', { shape: [2], data: Float32Array.of(0.1, -0) }],
  ['step', { shape: [], data: Float32Array.of(7) }],
  ['none', { shape: [0, 3], data: new Float32Array(0) }],
]);

async function write(name: string, content: Tensors = tensors): Promise<string> {
  const path = join(folder, name);
  await writeWhole(path, { what: 'the tensors' }, (handle) =>
    writeSafetensors(handle, content, { model: 'ünïcode "quoted"' }),
  );
  return path;
}

/** A file of a header and so many bytes of values. */
function raw(name: string, header: unknown, bytes: number, length?: number): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length ?? text.length));
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([prefix, text, Buffer.alloc(bytes)]));
  return path;
}

async function messageOf(path: string): Promise<string> {
  try {
    await readSafetensors(path);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('what is written is read again, bit for bit, in the same order', async () => {
  const path = await write('round.safetensors');
  const { tensors: found, metadata } = await readSafetensors(path);
  assert.equal([...found.keys()], [...tensors.keys()]);
  for (const [name, { shape, data }] of tensors) {
    assert.equal(found.get(name)!.shape, shape);
    assert.equal(Buffer.from(found.get(name)!.data.buffer), Buffer.from(data.buffer), name);
  }
  assert.equal(metadata, { model: 'ünïcode "quoted"' });
  assert.equal(await readMetadata(path), metadata);
});

test('the values begin at a multiple of 8 bytes', async () => {
  for (const name of ['a', 'ab', 'abc', 'abcdefg']) {
    const path = await write(
      'aligned.safetensors',
      new Map([[name, { shape: [1], data: Float32Array.of(1) }]]),
    );
    assert.is(Number(readFileSync(path).readBigUInt64LE()) % 8, 0);
  }
});

test('a part of a larger buffer is written as that part', async () => {
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const path = await write('part.safetensors', new Map([['x', { shape: [2], data }]]));
  assert.equal([...(await readSafetensors(path)).tensors.get('x')!.data], [2, 3]);
});

test('an independent reader finds the same', async () => {
  const path = await write('python.safetensors');
  const script = `
import hashlib, json, struct, sys
data = open(sys.argv[1], 'rb').read()
size, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + size])
out = {'meta': header.pop('__metadata__')}
digits = out['meta'].pop('sha256')
out['sum'] = digits == hashlib.sha256(data.replace(digits.encode(), b'0' * 64, 1)).hexdigest()
for name, entry in header.items():
    begin, end = entry['data_offsets']
    out[name] = [entry['dtype'], entry['shape'], list(struct.unpack('<%df' % ((end - begin) // 4), data[8 + size + begin:8 + size + end]))]
print(json.dumps(out))`;
  const python = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
  if (python.error) return;
  const found = JSON.parse(python.stdout.replace('Infinity', '"inf"')) as Record<string, unknown>;
  assert.equal(found.meta, { model: 'ünïcode "quoted"' });
  assert.is(found.sum, true);
  assert.equal(found['conv2d_1/kernel'], ['F32', [1, 2, 1, 2], [1, -2.5, Math.fround(3e-8), 'inf']]);
  assert.equal(found.step, ['F32', [], [7]]);
});

test('a torn file is named, with what is missing', async () => {
  const path = await write('torn.safetensors');
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length - 4));
  assert.is(await messageOf(path), `${path} is torn: it should have 28 bytes of values, but has 24.`);
  writeFileSync(path, whole.subarray(0, 20));
  const header = 8 + Number(whole.readBigUInt64LE());
  assert.is(
    await messageOf(path),
    `${path} is torn: its header ends at byte ${header}, but the file has only 20 bytes.`,
  );
  writeFileSync(path, whole.subarray(0, 3));
  assert.is(await messageOf(path), `${path} is torn: it has 3 bytes, too few for a header.`);
});

test('half of the file as zeros, or one bit that is another one, is found', async () => {
  const path = await write('bits.safetensors');
  const whole = readFileSync(path);
  const began = await readSafetensors(path);
  const half = Buffer.from(whole).fill(0, whole.length - 14);
  writeFileSync(path, half);
  assert.is(
    await messageOf(path),
    `${path} is damaged: its SHA-256 is not the one that it had when it was written, so a part of it has changed since.`,
  );
  const name = whole.indexOf('sha256');
  for (let bit = 0; bit < whole.length * 8; bit += 5) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(path, bytes);
    try {
      assert.equal((await readSafetensors(path)).tensors, began.tensors);
      // The name of the checksum itself may be another one: the rest is as it was.
      assert.ok(bit >> 3 >= name && bit >> 3 < name + 'sha256'.length, `bit ${bit}`);
    } catch (error) {
      assert.instance(error, DamagedError, `bit ${bit}: ${error}`);
    }
  }
});

test('a file without a checksum is read: other programs write none, nor did older versions', async () => {
  const path = raw('none', { x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 8);
  assert.equal([...(await readSafetensors(path)).tensors.get('x')!.data], [0, 0]);
});

test('only a regular file is read: a pipe would be waited for, a device never ends', async () => {
  const why = 'it is a pipe, device or socket, where a regular file was expected';
  const pipe = join(folder, 'pipe');
  if (spawnSync('mkfifo', [pipe]).status === 0)
    assert.is(await messageOf(pipe), `${pipe} cannot be read: ${why}.`);
  if (process.platform === 'linux')
    assert.is(await messageOf('/dev/zero'), `/dev/zero cannot be read: ${why}.`);
  assert.is(await messageOf(folder), `${folder} cannot be read: that is a folder.`);
});

test('what is no safetensors file is refused', async () => {
  const entry = (shape: unknown, data_offsets: unknown, dtype = 'F32') => ({
    x: { dtype, shape, data_offsets },
  });
  const cases: [string, string, string?][] = [
    [raw('a', 'no json', 0), 'its header is not JSON'],
    [raw('b', '[1, 2]', 0), 'its header is not a JSON object'],
    [raw('c', '{}', 0, 2 ** 40), 'its header would be 1099511627776 bytes long'],
    [raw('d', entry([2], [0, 4]), 4), '"x" of shape [2] has 4 bytes'],
    [raw('e', entry([1], [4, 8]), 8), '"x" begins at byte 4 of the values, not at 0'],
    [raw('f', entry([1], [0, 4]), 6), '2 bytes at its end belong to no tensor'],
    [raw('g', entry([-1], [0, 4]), 4), 'the shape of "x" is [-1]'],
    [raw('h', entry([1], [0]), 4), 'the place of "x" is [0]'],
    [raw('i', { __metadata__: { a: 1 } }, 0), 'its __metadata__ is not a map of texts'],
  ];
  for (const [path, why] of cases) {
    const message = await messageOf(path);
    assert.ok(message.startsWith(`${path} is not a safetensors file: ${why}`), message);
  }
  const half = raw('j', entry([2], [0, 4], 'F16'), 4);
  assert.is(await messageOf(half), `${half} holds "x" as "F16": only F32 can be read.`);
  const missing = join(folder, 'missing');
  assert.is(await messageOf(missing), `${missing} cannot be read: there is no such file.`);
});

test.run();
