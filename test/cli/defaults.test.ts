import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.js';
import { readFolderDefaults } from '../../src/program/defaults.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder, writeTree } from '../support/folders.js';

const SMALL = 'dataset: digits\nlimit: 64\n';
const BUDGET = ['--dataset', 'digits', '--limit', '64', '--epochs', '1', '--batch-size', '32'];

/** A folder with these defaults. */
function folderOf(yaml: string, more: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  writeTree(folder, { 'cnnzoo.yaml': yaml, ...more });
  return folder;
}

const infoOf = (folder: string, run: string) =>
  JSON.parse(readFileSync(join(folder, run, 'run.json'), 'utf8'));

test('a training takes them, says so, and run.json names the file and what came from it', async () => {
  const folder = folderOf(
    `${SMALL}seed: 7\ntrain:\n  epochs: 2\n  batchSize: 32\n  tag: [class-of-2026, 007]\n  optimizer: adam\n`,
  );
  const one = await cnnzoo(folder, ['train', 'lenet5', '--run-dir', 'one', '--batch-size', '16']);
  assert.is(one.code, 0, one.stderr);
  assert.match(
    one.stderr,
    /^notice: train has --dataset digits, --limit 64, --seed 7, --epochs 2, --tag class-of-2026 7, --optimizer adam from cnnzoo\.yaml\n/,
  );
  const { epochs, batchSize, seed, tags, dataset, defaults } = infoOf(folder, 'one');
  assert.equal([epochs, batchSize, seed, dataset.limit], [2, 16, 7, 64]);
  assert.equal(tags, ['class-of-2026', '007'], 'a number is taken as it is written');
  assert.equal(defaults, {
    file: join(folder, 'cnnzoo.yaml'),
    settings: {
      dataset: 'digits',
      limit: 64,
      seed: 7,
      epochs: 2,
      tag: ['class-of-2026', 7],
      optimizer: 'adam',
    },
  });
});

test('--no-defaults leaves them out', async () => {
  const folder = folderOf('train: { epochs: 9, tag: class }\n');
  const { code, stderr } = await cnnzoo(folder, [
    ...['train', 'lenet5', ...BUDGET.slice(0, 4), '--batch-size', '32', '--set', 'training.epochs=1'],
    ...['--no-defaults', '--run-dir', 'run'],
  ]);
  assert.is(code, 0, stderr);
  const { epochs, tags, defaults } = infoOf(folder, 'run');
  assert.equal([epochs, tags, defaults], [1, [], null]);
});

test('what the command line says in another way wins as well: --set, --vary, --format, --no-color', async () => {
  const folder = folderOf(`${SMALL}json: true\ncolor: true\nbatchSize: 32\nepochs: 3\n`);
  const set = await cnnzoo(folder, [
    ...['train', 'lenet5', '--set', 'training.epochs=1', '--run-dir', 'set', '--format', 'csv'],
  ]);
  assert.is(set.code, 0, set.stderr);
  assert.is(infoOf(folder, 'set').epochs, 1);
  assert.not.match(set.stdout, /^\{/);
  const varied = await cnnzoo(folder, ['compare', 'lenet5', '--train', '--vary', 'epochs=1,2', '--no-color']);
  assert.is(varied.code, 0, varied.stderr);
  const { rows } = JSON.parse(varied.stdout) as { rows: { epochs: number }[] };
  assert.equal(rows.map(({ epochs }) => epochs).sort(), [1, 2]);
});

test('a run that goes on is not changed by them, nor a comparison of what there is', async () => {
  const folder = temporaryFolder();
  const long = ['--dataset', 'digits', '--limit', '64', '--batch-size', '32', '--epochs', '2'];
  await cnnzoo(folder, ['train', 'lenet5', ...long, '--run-dir', 'run', '--tag', 'first']);
  writeTree(folder, { 'cnnzoo.yaml': 'epochs: 9\nthreads: 1\nseed: 4\ntag: later\ncompare: { jobs: 2 }\n' });
  const resumed = await cnnzoo(folder, ['train', '--resume', 'run']);
  assert.is(resumed.code, 2, resumed.stdout);
  assert.not.match(resumed.stderr, /cnnzoo\.yaml/);
  assert.equal(infoOf(folder, 'run').tags, ['first']);
  const compared = await cnnzoo(folder, ['compare', 'run', 'lenet5', '--json']);
  assert.is(compared.code, 0, compared.stderr);
  assert.is(compared.stderr, '');
  const rerun = await cnnzoo(folder, ['rerun', 'run', '--json']);
  assert.is(rerun.code, 0, rerun.stderr);
  assert.equal(JSON.parse(rerun.stdout).changes, []);
});

test('a sweep takes them for all of its runs, and its processes take none of their own', async () => {
  const told = 'echo once >> told.txt';
  const folder = folderOf(
    `${SMALL}compare:\n  jobs: 2\n  batchSize: 32\n  epochs: 1\n  seeds: 2\n  onEnd: ${told}\n`,
  );
  const { code, stderr } = await cnnzoo(folder, ['compare', 'lenet5', '--train', '--run-dir', 'sweep']);
  assert.is(code, 0, stderr);
  assert.is(readFileSync(join(folder, 'told.txt'), 'utf8'), 'once\n');
  const { defaults, epochs } = infoOf(folder, 'sweep/lenet5-seed2');
  assert.is(epochs, 1);
  assert.is(defaults.file, join(folder, 'cnnzoo.yaml'));
  assert.equal(defaults.settings.jobs, 2);
});

test('commands that have no such flag are not disturbed, and nothing is said there', async () => {
  const folder = folderOf('epochs: 2\nlearningRate: 0.1\ntrain: { seed: 3 }\n');
  for (const line of [['list', 'lenet5'], ['summary', 'lenet5'], ['runs']]) {
    const { code, stderr } = await cnnzoo(folder, [...line, '--json']);
    assert.is(code, 0, stderr);
    assert.not.match(stderr, /cnnzoo\.yaml/);
  }
});

test('an error that speaks of a flag which nobody has typed says where it comes from', async () => {
  const folder = folderOf('summary: { columns: [name, kernel] }\ntrain: { epochs: 0 }\njson: true\n');
  const explain = await cnnzoo(folder, ['summary', 'lenet5', '--explain']);
  assert.is(explain.code, 2);
  const [sentence, json] = explain.stderr.trim().split('\n').slice(-2);
  assert.match(
    sentence!,
    /^--columns and --explain do not go together.* It comes from cnnzoo\.yaml; --no-defaults leaves that out\.$/,
  );
  assert.is(JSON.parse(json!).error.code, 'usage', 'errors are JSON as the file wants them');
  const trained = await cnnzoo(folder, ['train', 'lenet5']);
  assert.match(trained.stderr, /--epochs 0: training\.epochs must be .* It comes from cnnzoo\.yaml;/);
});

const faults: readonly [yaml: string, sentence: string][] = [
  ['epoch: 3', 'cnnzoo.yaml:1:1 there is no flag or command "epoch". Did you mean "epochs"?'],
  ['batch-size: 3', 'cnnzoo.yaml:1:1 there is no flag or command "batch-size". Did you mean "batchSize"?'],
  ['trian: { epochs: 3 }', 'cnnzoo.yaml:1:1 there is no flag or command "trian". Did you mean "train"?'],
  ['train:\n  epoch: 3', 'cnnzoo.yaml:2:3 train has no flag "epoch". Did you mean "epochs"?'],
  ['train:\n  limit: many', 'cnnzoo.yaml:2:10 limit must be a whole number of at least 1, got "many".'],
  [
    'format: jsn',
    'cnnzoo.yaml:1:9 format must be table, json, csv or markdown, got "jsn". Did you mean json?',
  ],
  ['train:\n  epochs: [1, 2]', 'cnnzoo.yaml:2:11 epochs takes one value, got a list.'],
  [
    'train:\n  tag: [good, "not good"]',
    'cnnzoo.yaml:2:15 tag must be a word of letters, digits, ".", "_" and "-", got "not good".',
  ],
  ['train:\n  epochs:', 'cnnzoo.yaml:2:10 epochs must have a value, got nothing.'],
  ['train:\n  epochs: true', 'cnnzoo.yaml:2:11 epochs must have a value, got true.'],
  ['strict: 1', 'cnnzoo.yaml:1:9 strict must be true or false, got 1.'],
  ['runs: { yes: true }', 'cnnzoo.yaml:1:9 yes has no default: --yes is typed where it is meant.'],
  ['runDir: runs/x', 'cnnzoo.yaml:1:1 runDir has no default: --run-dir is typed where it is meant.'],
  [
    '- epochs: 3',
    'cnnzoo.yaml:1:1 the defaults of a folder was expected: a mapping with flags and commands.',
  ],
  ['epochs: 3\nepochs: 4', 'cnnzoo.yaml:2:1 not well-formed YAML: "epochs" stands here a second time.'],
  [
    'input: [28, 28, 1]\nlayers:\n  - flatten',
    'cnnzoo.yaml:2:1 cnnzoo.yaml holds a model, but a file of this name is for the defaults of its folder: give the model another name.',
  ],
];

for (const [yaml, sentence] of faults) {
  test(`${JSON.stringify(yaml)}: one sentence with its place`, async () => {
    const before = process.cwd();
    process.chdir(folderOf(yaml));
    try {
      const error = await readFolderDefaults().then(
        () => assert.unreachable('was accepted'),
        (thrown: unknown) => thrown,
      );
      assert.instance(error, UsageError);
      assert.is((error as UsageError).message, sentence);
      assert.match((error as UsageError).place!, /^cnnzoo\.yaml:\d+:\d+$/);
    } finally {
      process.chdir(before);
    }
  });
}

test('a fault in their file is an error of whatever command is run there', async () => {
  const { code, stderr } = await cnnzoo(folderOf('epoch: 3'), ['list', 'lenet5']);
  assert.is(code, 2);
  assert.match(stderr, /^cnnzoo\.yaml:1:1 .*\n$/);
});

test('where their file is wrong there are still help, completion, doctor and --no-defaults', async () => {
  const folder = folderOf('epoch: 3');
  for (const line of [
    ['train', '--help'],
    ['completion', 'bash'],
    ['completion', 'bash', '--', 'train', 'len'],
    ['list', 'lenet5', '--no-defaults'],
  ]) {
    const { code, stderr } = await cnnzoo(folder, line);
    assert.is(code, 0, stderr);
    assert.is(stderr, '');
  }
});

test('doctor shows what they say, and what is wrong with them', async () => {
  const findings = async (folder: string) => {
    const { stdout } = await cnnzoo(folder, ['doctor', '--json']);
    const all = JSON.parse(stdout) as { name: string; state: string; detail: string }[];
    return all.find(({ name }) => name === 'Defaults of the folder');
  };
  const good = await findings(folderOf('device: cpu\ntrain: { epochs: 5, tag: [class-of-2026] }\n'));
  assert.equal(
    [good?.state, good?.detail],
    ['ok', 'cnnzoo.yaml: device cpu; train: epochs 5, tag ["class-of-2026"]'],
  );
  const wrong = await findings(folderOf('epoch: 3'));
  assert.equal(
    [wrong?.state, wrong?.detail],
    ['broken', 'cnnzoo.yaml:1:1 there is no flag or command "epoch". Did you mean "epochs"?'],
  );
  const other = temporaryFolder();
  writeTree(other, { 'cnnzoo.yml': 'epochs: 3' });
  assert.is((await findings(other))?.detail, 'cnnzoo.yml is not read');
  assert.is(await findings(temporaryFolder()), undefined);
});

test('no model may have their name', async () => {
  const folder = folderOf('epochs: 3\n', {
    'sub/cnnzoo.yaml': 'input: [28, 28, 1]\nlayers: [flatten, dense: 10]\n',
  });
  for (const line of [
    ['train', 'cnnzoo.yaml'],
    ['summary', './cnnzoo.yaml'],
    ['summary', 'sub/cnnzoo.yaml'],
  ]) {
    const { code, stderr } = await cnnzoo(folder, line);
    assert.is(code, 2);
    assert.match(stderr, /cnnzoo\.yaml is the name of a folder's defaults, not of a model/);
  }
  const made = await cnnzoo(temporaryFolder(), ['new', 'cnnzoo.yaml']);
  assert.is(made.code, 2);
  assert.ok(!existsSync('cnnzoo.yaml'));
  const completed = await cnnzoo(folder, ['completion', 'bash', '--', 'summary', './cnn']);
  assert.is(completed.stdout, '');
});

test('an empty file, and one of comments alone, say nothing', async () => {
  for (const yaml of ['', '# epochs: 3\n']) {
    const { code, stderr } = await cnnzoo(folderOf(yaml), ['list', 'lenet5']);
    assert.is(stderr, '');
    assert.is(code, 0);
  }
});

test.run();
