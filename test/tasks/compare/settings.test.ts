import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderComparison } from '../../../src/report/compare/render.js';
import { compareItems } from '../../../src/tasks/compare/comparison.js';
import { readItems } from '../../../src/tasks/compare/items.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainStyle } from '../../support/screens/style.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
const common = { model, limit: 60, epochs: 1 };
const dirOf = (name: string): string => join(folder, name);

type Row = Readonly<Record<string, unknown>>;

function rowsOf(...names: string[]): Row[] {
  const text = renderComparison(compareItems(readItems(names.map(dirOf))), 'json', plainStyle());
  return (JSON.parse(text) as { rows: Row[] }).rows;
}

/** The keys that only such a comparison has. */
function settingsOf(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([key]) => /[.]|^(input|classes|pixels)$/.test(key)));
}

test.before(async () => {
  await trainHere({ ...common, runDir: dirOf('plain') });
  await trainHere({ ...common, runDir: dirOf('slow'), learningRate: 0.01, batchSize: 20 });
  const set = [
    'training.optimizer.momentum=0',
    'layers.0.maxPool2d=2',
    'training.augmentation.shift=2',
    'training.schedule=cosine',
    'training.earlyStopping={patience: 2}',
  ];
  await trainHere({ ...common, runDir: dirOf('changed'), set, validationSplit: 0.1 });
  await trainHere({ ...common, runDir: dirOf('adam'), optimizer: 'adam', set: ['layers.0={avgPool2d: 4}'] });
});

test('every run has its optimizer, learning rate and batch size', () => {
  const keys = ['optimizer', 'learningRate', 'batchSize', 'epochs', 'seed'];
  const found = rowsOf('plain', 'slow', 'adam').map((row) => keys.map((key) => row[key]));
  assert.equal(found, [
    ['sgd', 0.05, 10, 1, 1],
    ['sgd', 0.01, 20, 1, 1],
    ['adam', 0.001, 10, 1, 1],
  ]);
});

test('settings that are the same in all runs are no columns', () => {
  for (const row of rowsOf('plain', 'slow')) assert.equal(settingsOf(row), {});
});

test('settings that differ are columns by the keys that --set takes', () => {
  const [plain, changed] = rowsOf('plain', 'changed').map(settingsOf);
  assert.equal(plain, {
    'training.optimizer.momentum': 0.9,
    'training.schedule': 'constant',
    'training.validationSplit': 0,
    'training.augmentation.shift': 0,
    'training.earlyStopping': null,
    'layers.0.maxPool2d': 4,
  });
  assert.equal(changed, {
    'training.optimizer.momentum': 0,
    'training.schedule': 'cosine',
    'training.validationSplit': 0.1,
    'training.augmentation.shift': 2,
    'training.earlyStopping': { patience: 2 },
    'layers.0.maxPool2d': 2,
  });
});

test('what follows from the name of an optimizer is no column, another kind of layer is', () => {
  const [plain, adam] = rowsOf('plain', 'adam').map(settingsOf);
  assert.equal(plain, { 'layers.0': { maxPool2d: 4 } });
  assert.equal(adam, { 'layers.0': { avgPool2d: 4 } });
});

test('the table has them where rows of one name need to be told apart, and keeps the accuracy', () => {
  const comparison = compareItems(readItems([dirOf('plain'), dirOf('slow'), dirOf('changed')]));
  const wide = renderComparison(comparison, 'table', plainStyle(300));
  assert.match(
    wide,
    /^Group {2}Name {2}Learning rate {2}Batch {2}optimizer\.momentum {2}schedule {2}validationSplit {2}augmentation\.shift {2}earlyStopping {4}layers\.0\.maxPool2d {2}Accuracy/,
  );
  assert.match(wide, /tiny {11}0\.05 +10 +0 +cosine +0\.1 +2 +\{ patience: 2 \} +2 /);
  const other = compareItems(readItems([dirOf('plain'), dirOf('slow')]));
  assert.match(renderComparison(other, 'table', plainStyle(80)), /^Name +Learning rate +Batch +Accuracy/);
});

test('--columns and --sort take learningRate and any other setting', async () => {
  const runs = ['changed', 'plain', 'slow', 'adam'];
  const compare = (...flags: string[]) => cnnzoo(folder, ['compare', ...runs, ...flags]);
  const columns = 'learningRate,training.schedule,training.optimizer.momentum';
  const csv = await compare('--columns', columns, '--format', 'csv', '--sort', 'learningRate');
  assert.is(csv.code, 0, csv.stderr);
  const [, ...rows] = csv.stdout.trimEnd().split('\n');
  assert.equal(rows, ['0.001,constant,', '0.01,constant,0.9', '0.05,cosine,0', '0.05,constant,0.9']);
  const sorted = await compare('--columns', 'run', '--json', '--sort', 'training.optimizer.momentum');
  assert.equal(
    JSON.parse(sorted.stdout).rows.map(({ run }: Row) => run),
    ['changed', 'plain', 'slow', 'adam'],
  );
  const table = await compare('--columns', 'run,training.schedule,training.validationSplit');
  assert.match(table.stdout, /^Run {6}schedule {2}validationSplit\n.*\nchanged {2}cosine +0\.1\n/);
  const unknown = await compare('--columns', 'run,training.optimizer.momentumm');
  assert.equal([unknown.code, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /none of these runs has a setting "training\.optimizer\.momentumm"\./);
  const typo = await compare('--columns', 'learnigRate');
  assert.match(typo.stderr, /there is no column "learnigRate"\. Did you mean "learningRate"\?/);
});

test('models that were never trained have no settings', async () => {
  const { stdout } = await cnnzoo(folder, ['compare', 'lenet5', 'mnist-basic', '--json']);
  for (const row of JSON.parse(stdout).rows as Row[]) {
    assert.equal([row.optimizer, row.learningRate, row.batchSize, settingsOf(row)], [null, null, null, {}]);
  }
});

test.run();
