import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thisProcess } from '../../src/base/machine/owner.js';
import { lockFolder } from '../../src/runs/folder-lock.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder, writeTree } from '../support/folders.js';
import { writeRun } from '../support/runs.js';

const HOUR = (hour: number) => `2026-08-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

/** A folder with four runs, one of which trains and one of which cannot be read. */
function someRuns(): string {
  const folder = temporaryFolder();
  writeRun(folder, 'runs/a', { created: HOUR(9), accuracy: 0.99, seed: 1, tags: ['warmup', 'x'] });
  writeRun(folder, 'runs/b', { created: HOUR(11), accuracy: 0.97, seed: 2, learningRate: 0.01 });
  writeRun(folder, 'runs/c', { created: HOUR(10), status: 'running', done: 1, owner: thisProcess() });
  return folder;
}

interface Row {
  readonly run: string;
  readonly [key: string]: unknown;
}

const rowsOf = (stdout: string) => (JSON.parse(stdout) as { rows: Row[] }).rows;

test('the runs of a folder, the latest first, with the keys that scripts rely on', async () => {
  const { code, stdout, stderr } = await cnnzoo(someRuns(), ['runs', '--json']);
  assert.is(code, 0, stderr);
  const rows = rowsOf(stdout);
  assert.equal(
    rows.map(({ run, status, testAccuracy, learningRate, tags }) => [
      run,
      status,
      testAccuracy,
      learningRate,
      tags,
    ]),
    [
      ['runs/b', 'completed', 0.97, 0.01, []],
      ['runs/c', 'training', null, 0.001, []],
      ['runs/a', 'completed', 0.99, 0.001, ['warmup', 'x']],
    ],
  );
  assert.equal(Object.keys(rows[0]!), [
    'run',
    'name',
    'status',
    'dataset',
    'epochs',
    'plannedEpochs',
    'testAccuracy',
    'testLoss',
    'validationAccuracy',
    'validationLoss',
    'trainingAccuracy',
    'trainingLoss',
    'seconds',
    'imagesPerSecond',
    'etaSeconds',
    'optimizer',
    'learningRate',
    'batchSize',
    'seed',
    'params',
    'device',
    'tags',
    'created',
  ]);
});

test('filters, orders and columns, settings among them', async () => {
  const folder = someRuns();
  const names = async (...args: string[]) =>
    rowsOf((await cnnzoo(folder, ['runs', ...args, '--json'])).stdout).map(({ run }) => run);
  assert.equal(await names('--filter', 'testAccuracy>=0.98'), ['runs/a']);
  assert.equal(await names('--filter', '!status:training', '--filter', 'lr:0.01'), ['runs/b']);
  assert.equal(await names('--filter', 'tag:warmup'), ['runs/a']);
  assert.equal(await names('--sort', 'testAccuracy'), ['runs/a', 'runs/b', 'runs/c']);
  assert.equal(await names('--sort', 'testAccuracy:asc'), ['runs/b', 'runs/a', 'runs/c']);
  const columns = ['--columns', 'run,training.validationSplit', '--format', 'csv'];
  const { stdout } = await cnnzoo(folder, ['runs', ...columns]);
  assert.is(stdout, 'run,training.validationSplit\nruns/b,0\nruns/c,0\nruns/a,0\n');
});

test('one that cannot be read is named after the others', async () => {
  const folder = someRuns();
  writeTree(folder, { 'runs/broken/run.json': '{', 'runs/broken/config.yaml': '' });
  const { code, stdout, stderr } = await cnnzoo(folder, ['runs', '--json']);
  assert.is(code, 1);
  assert.is(rowsOf(stdout).length, 3);
  assert.match(stderr, /^runs\/broken cannot be read: run\.json is no JSON/);
});

test('runs of different images are marked where they are ranked', async () => {
  const folder = someRuns();
  writeRun(folder, 'runs/d', { dataset: 'shapes', accuracy: 0.5 });
  const { code, stderr } = await cnnzoo(folder, ['runs', '--sort', 'testAccuracy']);
  assert.is(code, 0);
  assert.match(stderr, /notice: These runs were tested on different images/);
});

test('no runs, a filter that holds for none, a folder that is not there, wrong words', async () => {
  const folder = someRuns();
  const empty = await cnnzoo(temporaryFolder(), ['runs', '--json']);
  assert.equal([empty.code, rowsOf(empty.stdout)], [0, []]);
  assert.match(empty.stderr, /there are no runs in runs yet; "cnnzoo train/);
  const none = await cnnzoo(folder, ['runs', '--filter', 'vgg16']);
  assert.is(none.code, 0);
  assert.match(none.stderr, /the filter holds for none of the 3 runs/);
  for (const [args, message] of [
    [['nothere'], /There is no folder nothere\./],
    [['--filter', 'sed:3'], /--filter: there is no column "sed": seed\?/],
    [['--columns', 'sede'], /--columns: there is no column "sede"\. Did you mean "seed"\?/],
    [['--yes'], /--yes goes with runs rm only/],
    [['rm'], /runs rm needs at least one run/],
    [['rm', 'runs/a', '--sort', 'seed'], /--sort does not go with runs rm/],
    [['runs', 'runs'], /lists one folder at a time/],
  ] as const) {
    const { code, stderr } = await cnnzoo(folder, ['runs', ...args]);
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
  }
});

test('rm removes runs where that is meant, and none where one must not be', async () => {
  const folder = someRuns();
  const there = () => ['a', 'b', 'c'].filter((name) => existsSync(join(folder, 'runs', name)));
  const unasked = await cnnzoo(folder, ['runs', 'rm', 'runs/a']);
  assert.is(unasked.code, 2);
  assert.match(unasked.stderr, /nobody is there to answer: add --yes/);
  const lock = await lockFolder(join(folder, 'runs/c'));
  const owned = await cnnzoo(folder, ['runs', 'rm', 'runs/a', 'runs/c', '--yes']);
  assert.is(owned.code, 2, owned.stderr);
  assert.equal(there(), ['a', 'b', 'c']);
  await lock.release();
  const { code, stderr } = await cnnzoo(folder, ['runs', 'rm', '@latest', 'runs/a', '--yes']);
  assert.is(code, 0, stderr);
  assert.is(stderr, 'notice: @latest is runs/b\nremoved runs/b\nremoved runs/a\n');
  assert.equal(there(), ['c']);
});

test('a training takes tags, and what goes on keeps them', async () => {
  const folder = temporaryFolder();
  const train = [
    'train',
    'mnist-mlp',
    '--dataset',
    'digits',
    '--limit',
    '200',
    '--epochs',
    '1',
    '--run-dir',
    'runs/t',
  ];
  const first = await cnnzoo(folder, [...train, '--tag', 'warmup', '--tag', 'x']);
  assert.is(first.code, 0, first.stderr);
  const tags = () =>
    (JSON.parse(readFileSync(join(folder, 'runs/t/run.json'), 'utf8')) as { tags: string[] }).tags;
  assert.equal(tags(), ['warmup', 'x']);
  const more = await cnnzoo(folder, [
    'train',
    '--resume',
    '@latest:warmup',
    '--epochs',
    '2',
    '--tag',
    'longer',
  ]);
  assert.is(more.code, 0, more.stderr);
  assert.equal(tags(), ['warmup', 'x', 'longer']);
  const wrong = await cnnzoo(folder, [...train, '--tag', 'two words']);
  assert.is(wrong.code, 2);
  assert.match(wrong.stderr, /--tag must be a word of letters, digits/);
});

test.run();
