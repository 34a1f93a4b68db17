import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../src/base/errors.js';
import { inspectWeights } from '../../src/weights/inspect.js';
import { zipOf } from '../support/files/archives.js';
import { dictOf, pickle, tensor, text, torchLegacy, torchZip, uint32 } from '../support/files/pickles.js';
import { temporaryFolder } from '../support/folders.js';

const test = suite('hostile files of weights');

const folder = temporaryFolder();
const path = join(folder, 'weights.pth');
const trace = join(folder, 'trace');

/** Memory that a file of a few megabytes may take, in bytes. */
const MOST_MEMORY = 700e6;
const MOST_SECONDS = 20;

/** Why a file is refused, without its name. */
async function refusal(content: Uint8Array): Promise<string> {
  writeFileSync(path, content);
  const [begun, before] = [performance.now(), process.memoryUsage().rss];
  const message = await inspectWeights(path).then(
    () => 'taken',
    (error: Error) => {
      assert.instance(error, WorkError);
      return error.message.replaceAll(path, 'FILE');
    },
  );
  assert.ok(process.memoryUsage().rss - before < MOST_MEMORY, 'memory');
  assert.ok((performance.now() - begun) / 1000 < MOST_SECONDS, 'time');
  assert.not.ok(existsSync(trace), 'something was run');
  return message;
}

const END =
  'In Python: torch.save(model.state_dict(), "weights-of-weights.pth") writes what can be read here.';

/** What a pickle may have called, in each of the ways in which it can name it. */
const command = `touch ${trace}`;
const CALLS: Readonly<Record<string, readonly [name: string, pickle: Buffer]>> = {
  'os.system by GLOBAL and REDUCE': ['posix.system', pickle(`cposix\nsystem\n(S'${command}'\ntR.`)],
  'eval by INST': ['builtins.eval', pickle(`(S'__import__("os").system("${command}")'\nibuiltins\neval\n.`)],
  'exec by OBJ': ['builtins.exec', pickle(`(cbuiltins\nexec\nS'${command}'\no.`)],
  'subprocess by STACK_GLOBAL': [
    'subprocess.check_call',
    pickle('\x80\x04\x8c\x0asubprocess\x8c\x0acheck_call\x93(', text(command), 'tR.'),
  ],
  'torch.load, which runs pickles': [
    'torch.serialization.load',
    pickle('ctorch.serialization\nload\n(', text('x'), 'tR.'),
  ],
  'getattr, which leads anywhere': ['builtins.getattr', pickle('cbuiltins\ngetattr\n.')],
  'in a value of a state dict': ['os.system', dictOf('weight', pickle(`cos\nsystem\n(S'${command}'\ntR`))],
  'in the type of a storage': [
    'numpy.core.multiarray._reconstruct',
    pickle(
      '(',
      text('storage'),
      'cnumpy.core.multiarray\n_reconstruct\n',
      text('0'),
      text('cpu'),
      'K\x04tQ.',
    ),
  ],
};

for (const [what, [name, bytes]] of Object.entries(CALLS)) {
  test(`${what}: refused by its name, nothing is run`, async () => {
    const expected = `FILE holds more than weights: its pickle names ${name}, which is no part of a state dict. Nothing of it was run. ${END}`;
    for (const wrap of [torchZip, torchLegacy]) assert.is(await refusal(wrap(bytes)), expected);
  });
}

test("a class of the user's, a whole model: what its state dict is saved by is said", async () => {
  for (const name of ['__main__\nNet', 'torchvision.models.resnet\nResNet']) {
    const message = await refusal(torchZip(pickle(`\x80\x02c${name}\n)\x81}b.`)));
    const shown = name.replace('\n', '.');
    assert.is(
      message,
      `FILE is a whole pickled model or holds one: it needs the code of ${shown}, and code is not run here. ${END}`,
    );
  }
});

/** Pickles without a forbidden name that are none of a state dict's. */
const TWISTED: Readonly<Record<string, Buffer>> = {
  'a list that holds itself': pickle('\x80\x02]q\0h\0a.'),
  'a dictionary that holds itself': pickle('\x80\x02}q\0', text('state_dict'), 'h\0s.'),
  'a tensor made of texts': pickle('ctorch._utils\n_rebuild_tensor_v2\n(', text('a'), text('b'), 'tR.'),
  'a tensor of a storage that is none': dictOf('w', pickle('ctorch._utils\n_rebuild_tensor_v2\n(}K\0))tR')),
  'a class made of a function': pickle('ccollections\nOrderedDict\n)\x81.'),
  'state for a function': pickle('ccollections\nOrderedDict\n}', text('call'), 'K\x01sb.'),
  'a prototype': pickle('\x80\x02}(', text('__proto__'), '}', text('constructor'), '}ud.'),
  'what is called is a number': pickle('K\x05)R.'),
  'an empty stack': pickle('0000R.'),
  'an instruction that there is none of': pickle('\xff.'),
  'a persistent id that is none': pickle('(', text('module'), 'K\x01tQ.'),
  'a length below zero': pickle('B', uint32(-5), '.'),
  'a text longer than the file': pickle('X', uint32(0x7fffffff), 'a.'),
  'a text of 2^62 bytes': pickle('\x8d\0\0\0\0\0\0\0\x40a.'),
  'no end': pickle('\x80\x02}'),
};

for (const [what, bytes] of Object.entries(TWISTED)) {
  test(`${what} is refused`, async () => {
    for (const wrap of [torchZip, torchLegacy])
      assert.match(await refusal(wrap(bytes)), /^FILE (is torn or damaged|holds no state dict)/);
  });
}

test('bombs: memory and time stay bounded', async () => {
  const twice = Array.from({ length: 60 }, () => '2\x86').join('');
  assert.match(await refusal(torchZip(pickle('\x80\x02]', twice, '.'))), /holds no state dict/);
  for (const part of [']', '}', '(', '\x8f', 'K\x01', '(K\x01l']) {
    const many = Buffer.from(part.repeat(4_000_000 / part.length), 'latin1');
    assert.match(await refusal(torchZip(pickle(many, '.'))), /is torn or damaged: .* instructions|more than/);
  }
  const number = pickle('\x8b', uint32(4000), Buffer.alloc(4000, 7), '0');
  const numbers = Buffer.concat(Array.from({ length: 2000 }, () => number));
  assert.match(await refusal(torchLegacy(pickle(numbers, 'N.'))), /holds no state dict/);
  const large = pickle('\x8b', uint32(8_000_000), Buffer.alloc(8_000_000, 7), '.');
  assert.match(await refusal(torchZip(large)), /is torn or damaged/);
  assert.match(
    await refusal(torchZip(Buffer.alloc(1e8), true)),
    /holds more than weights: its pickle has over 16 MiB/,
  );
});

test('a zip that says too little of its size, or too much', async () => {
  const honest = torchZip(dictOf('w.weight', tensor([2, 2], [2, 1])), true);
  assert.is(await refusal(honest), 'taken');
  const at = honest.indexOf('PK\x01\x02');
  for (const size of [1, 4e9]) {
    const lying = Buffer.from(honest);
    lying.writeUInt32LE(size, at + 24);
    assert.match(await refusal(lying), /is torn or damaged|cannot be unpacked|packed in a way|over 16 MiB/);
  }
});

test('tensors that look beyond their storage, or make much of little', async () => {
  const shapes: [number[], number[], number?][] = [
    [
      [2, 3],
      [3, 1],
    ],
    [
      [2, 2],
      [100, 1],
    ],
    [
      [2_000_000_000, 2],
      [0, 0],
    ],
    [[4], [1], 2_000_000_000],
  ];
  for (const [shape, strides, count] of shapes) {
    const message = await refusal(torchZip(dictOf('w.weight', tensor(shape, strides, count))));
    assert.match(
      message,
      /^FILE is damaged: ("w.weight" looks beyond|its storage 0 is missing or too short)/,
    );
  }
});

test('torn files of every form are refused, wherever they end', async () => {
  const FOLDER = new URL('../fixtures/weights/', import.meta.url);
  const files = ['vgg.pth', 'vgg-bn.pth', 'vgg-timm.safetensors', 'keras-vgg.h5', 'keras-resnet.keras'];
  for (const file of files) {
    const whole = readFileSync(new URL(file, FOLDER));
    for (let part = 1; part < 12; part++) {
      const message = await refusal(whole.subarray(0, Math.floor((whole.length * part) / 12)));
      assert.match(message, /^FILE .*(torn|damaged|is no file of weights)/, `${file} ${part}: ${message}`);
    }
  }
});

test('what is no file of weights is named, with the line that makes it one', async () => {
  const cases: [Uint8Array, RegExp][] = [
    [Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /pointer of Git LFS.*git lfs pull/],
    [Buffer.from('<!DOCTYPE html><html>'), /web page/],
    [Buffer.from([0x1f, 0x8b, 8, 0]), /gzip. Unpack it first/],
    [pickle('\x80\x04}.'), /a Python pickle, but none of torch.save/],
    [zipOf([{ name: 'a.npy', content: new Uint8Array(4) }]), /NumPy's arrays. In Python: safetensors/],
    [zipOf([{ name: 'a.txt', content: new Uint8Array(4) }]), /a zip archive, but neither/],
    [
      zipOf([
        { name: 'm/data.pkl', content: pickle('N.') },
        { name: 'm/code/__torch__.py', content: new Uint8Array(1) },
      ]),
      /TorchScript archive.*torch.jit.load/,
    ],
  ];
  for (const [content, expected] of cases) assert.match(await refusal(content), expected);
});

test('an HDF5 file in which a list leads back to itself gets no more memory than any file needs', async () => {
  const bytes = readFileSync(new URL('../fixtures/weights/keras-vgg.h5', import.meta.url));
  // In a heap of names the number of the free piece behind the only one: 1 is for none, 0x18 its own.
  const place = 0x3bd0;
  assert.is(bytes[place], 1);
  bytes[place] = 0x18;
  const round = join(folder, 'round.h5');
  writeFileSync(round, bytes);
  const message = await inspectWeights(round).then(
    () => 'taken',
    (error: Error) => error.message,
  );
  assert.match(
    message,
    /round\.h5 is torn or damaged: the HDF5 library says ".*"\. Fetch or save it anew\.$/,
  );
  const { ready } = await import('h5wasm');
  assert.ok((await ready).HEAPU8.length < 300e6, `${(await ready).HEAPU8.length} bytes`);
});

test.run();
