import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo, ROOT } from '../support/cli.js';
import { temporaryFolder, writeTree } from '../support/folders.js';

const folder = temporaryFolder();
writeTree(folder, {
  'tiny.yaml': `title: Tiny
input: [28, 28, 1]
classes: 10
dataset: digits
layers: [conv2d: { filters: 2, kernelSize: 5, strides: 4 }, flatten, dense: { units: classes, activation: softmax }]
training: { epochs: 1, batchSize: 32, optimizer: adam }
`,
});
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

test('a training writes its lines of JSON beside what it prints', async () => {
  const words = ['train', 'tiny.yaml', '--limit', '64', '--run-dir', 'run', '--json-file', 'train.jsonl'];
  const { code, stdout, stderr } = await cnnzoo(folder, words);
  assert.is(code, 0, stderr);
  assert.match(stdout, /^test accuracy /);
  const events = read('train.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; run: string });
  assert.equal(
    events.map(({ event }) => event),
    ['start', 'epoch', 'end'],
  );
  assert.ok(events.every(({ run }) => run === 'run'));
});

const lines: readonly (readonly [line: string, table: RegExp])[] = [
  ['list lenet5', /^Name +Title/],
  ['summary tiny.yaml', /^Tiny \(tiny\)/],
  ['compare tiny.yaml run', /^Name/],
  ['evaluate run', /^tiny on digits/],
  ['predict run digits:test:1', /^digits:test:1\n/],
  ['rerun run', /^run, 1 epoch again/],
  ['visualize filters run', /./],
  ['apply maxPool2d:2 ramp:4x4x1', /^input {2}4x4x1\n/],
  ['apply maxPool2d:2 ramp:4x4x1 --steps', /./],
  ['weights run/weights.safetensors', /^run\/weights\.safetensors\n/],
  ['export run --to safetensors --out out.safetensors', /^wrote /],
  ['datasets', /^Name/],
  ['datasets show digits --split test --index 3', /^digits: /],
  ['doctor', /./],
  ['lesson', /^Name +Title/],
  ['completion bash', /_cnnzoo|cnnzoo/],
];

for (const [line, table] of lines) {
  test(`${line} --json-file writes what --json prints, and prints what it prints without`, async () => {
    const words = line.split(' ').map((word) => word.replace('maxPool2d:2', 'maxPool2d: 2'));
    const beside = await cnnzoo(folder, [...words, '--json-file', 'beside.json']);
    const alone = await cnnzoo(folder, [...words, '--json']);
    assert.is(beside.code, alone.code, beside.stderr);
    assert.match(beside.stdout, table);
    assert.equal(withoutTimes(JSON.parse(read('beside.json'))), withoutTimes(JSON.parse(alone.stdout)));
  });
}

/** What two runs of a program need not agree in. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, item) => (/seconds|free/i.test(key) ? 0 : item)) as unknown;
}

test('the table of Keras has the JSON of any summary beside it', async () => {
  const words = ['summary', 'tiny.yaml'];
  const { stdout } = await cnnzoo(folder, [...words, '--style', 'keras', '--json-file', 'keras.json']);
  assert.match(stdout, /^_{65}$/m);
  assert.equal(
    JSON.parse(read('keras.json')),
    JSON.parse((await cnnzoo(folder, [...words, '--json'])).stdout),
  );
});

test('a file that cannot be written is said', async () => {
  const { code, stderr } = await cnnzoo(folder, ['list', '--json-file', 'no/such/folder.json']);
  assert.is(code, 2);
  assert.is(
    stderr,
    '--json-file no/such/folder.json: there is no folder no/such. Make it first: mkdir -p no/such\n',
  );
});

test('every command prints its result so that it goes into the file as well', () => {
  const commands = readdirSync(join(ROOT, 'src/commands'), { recursive: true, encoding: 'utf8' });
  const printers = commands.filter(
    (path) =>
      /\.tsx?$/.test(path) && /\bprint\(/.test(readFileSync(join(ROOT, 'src/commands', path), 'utf8')),
  );
  // What apply --steps lists is no result.
  assert.equal(printers, ['networks/apply.ts']);
});

test.run();
