import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sortRows } from '../../../src/report/compare/columns.js';
import { relativeSentences } from '../../../src/report/compare/relative-text.js';
import { renderComparison } from '../../../src/report/compare/render.js';
import { comparisonPage } from '../../../src/report/html/comparison.js';
import { runningGap } from '../../../src/runs/gap.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { compareItems } from '../../../src/tasks/compare/comparison.js';
import { readItems } from '../../../src/tasks/compare/items.js';
import { type RelativeFigure, relativeFigures } from '../../../src/tasks/compare/relative.js';
import { cnnzoo, runCli } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainStyle } from '../../support/screens/style.js';
import { TINY, trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const dirOf = (name: string) => join(folder, name);
const compare = (...items: string[]) => compareItems(readItems(items));
const sentences = (relative: readonly RelativeFigure[]) => relativeSentences(relative, false);

const point = (label: string, testAccuracy: number, group = 'A') => ({
  label,
  group,
  testAccuracy,
  macs: 1,
  params: 1,
  seconds: 1,
  accuracies: [testAccuracy],
});

test.before(async () => {
  const model = writeModel(folder);
  const varied = TINY.replace('dropout: 0.2', 'dropout: 0').replace(
    'training:',
    'training:\n  augmentation: { shift: 2 }',
  );
  await trainHere({ model, limit: 100, testEachEpoch: true, runDir: dirOf('each') });
  await trainHere({ model, limit: 100, seed: 2, runDir: dirOf('two') });
  await trainHere({ model: writeModel(folder, varied, 'varied.yaml'), limit: 100, runDir: dirOf('varied') });
});

test('GoogLeNet has 8.9 times fewer parameters than AlexNet, whichever is named first', () => {
  for (const names of [
    ['googlenet', 'alexnet'],
    ['alexnet', 'googlenet'],
  ]) {
    const { relative } = compare(...names);
    const params = relative.find(({ figure }) => figure === 'params')!;
    assert.equal(params.against, { name: 'alexnet', value: 62_378_344 });
    assert.is(params.others.length, 1);
    const [{ name, value, ratio, reduction }] = params.others as [(typeof params.others)[number]];
    assert.equal([name, value], ['googlenet', 6_998_552]);
    assert.is((1 / ratio).toFixed(1), '8.9');
    assert.is(reduction.toFixed(3), '0.888');
    assert.is(sentences(relative)[0], "Parameters, against alexnet's 62,378,344: googlenet 1/8.9.");
  }
});

test('what is more than a half is told in percent, several are told the least first', () => {
  const [params] = sentences(compare('resnet34', 'resnet18', 'lenet5', 'resnet50').relative);
  // Of those that are learned and those of batch normalization that are not: 25,557,032 + 53,120.
  assert.is(
    params,
    "Parameters, against resnet50's 25,610,152: lenet5 1/415, resnet18 1/2.2 and resnet34 15 % fewer.",
  );
});

test('errors are told relative to those of the least accurate of a group', () => {
  const points = [point('mnist-mlp', 0.978), point('mnist-basic', 0.992)];
  const [errors] = relativeFigures([], points);
  assert.equal([errors!.figure, errors!.group, errors!.against.name], ['errors', 'A', 'mnist-mlp']);
  // 0.008 of 0.022.
  assert.ok(Math.abs(errors!.others[0]!.ratio - 4 / 11) < 1e-9);
  assert.equal(sentences([errors!]), [
    "Errors, against mnist-mlp's 2.20 %: mnist-basic 64 % fewer (0.80 %).",
  ]);
  const groups = relativeFigures(
    [],
    [...points, point('a', 0.5, 'B'), point('b', 1, 'B'), point('c', 0.2, 'C')],
  );
  assert.equal(relativeSentences(groups, true), [
    "Errors in group A, against mnist-mlp's 2.20 %: mnist-basic 64 % fewer (0.80 %).",
    "Errors in group B, against a's 50.00 %: b none.",
  ]);
  assert.equal(relativeFigures([], [point('a', 0.9), point('b', 0.9)]), []);
});

test('tables, markdown, JSON and pages have them, for the columns that are shown', async () => {
  const comparison = compare('googlenet', 'alexnet');
  const expected = "Parameters, against alexnet's 62,378,344: googlenet 1/8.9.";
  const table = renderComparison(comparison, 'table', plainStyle(80));
  assert.ok(table.includes(`\n\n${expected}\nMACs, against googlenet's `), table);
  assert.ok(renderComparison(comparison, 'markdown', plainStyle()).includes(`- ${expected}\n`));
  assert.ok(comparisonPage(comparison, new Date(0)).includes(`<li>${expected}</li>`));
  const { relative } = JSON.parse(renderComparison(comparison, 'json', plainStyle()));
  assert.equal(
    relative.map(({ figure }: { figure: string }) => figure),
    ['params', 'macs', 'trainingActivationBytes'],
  );
  assert.equal(Object.keys(relative[0]), ['figure', 'group', 'against', 'others']);
  assert.equal(Object.keys(relative[0].others[0]), ['name', 'value', 'ratio', 'reduction']);
  const some = await cnnzoo(folder, ['compare', 'googlenet', 'alexnet', '--columns', 'name,macs', '--json']);
  assert.equal(
    JSON.parse(some.stdout).relative.map(({ figure }: { figure: string }) => figure),
    ['macs'],
  );
});

test('runs of one model differ in no size, so sizes are not told', () => {
  const { relative } = compare(dirOf('each'), dirOf('two'));
  assert.ok(relative.every(({ figure }) => figure === 'errors'));
});

test('the gap is training less test accuracy of the epoch whose weights were tested', () => {
  const { rows } = compare(dirOf('each'), dirOf('varied'), 'lenet5');
  const { history, test: tested } = openRun(dirOf('each')).info;
  const [each, varied, model] = rows;
  assert.is(each!.trainingAccuracy, history[1]!.accuracy);
  assert.is(each!.gap, history[1]!.accuracy - tested!.accuracy);
  assert.is(each!.trainingMeasured, 'running, with dropout');
  assert.equal(
    each!.gapByEpoch,
    history.map(({ accuracy, testAccuracy }) => accuracy - testAccuracy!),
  );
  assert.equal([varied!.trainingMeasured, varied!.gapByEpoch], ['running, with augmentation', null]);
  assert.equal([model!.trainingAccuracy, model!.gap, model!.trainingMeasured], [null, null, null]);
  const table = renderComparison(compare(dirOf('each'), dirOf('varied')), 'table', plainStyle());
  assert.match(table, / Accuracy +Loss +Gap +Epochs /);
  assert.ok(
    table.includes(
      'Gap: points from test to training accuracy, which is the running mean of the epoch whose weights were tested, with dropout in tiny, with augmentation in varied.',
    ),
    table,
  );
});

test('weights between two epochs have no training accuracy, the best have that of their epoch', () => {
  const run = openRun(dirOf('each'));
  const { info } = run;
  const with_ = (changes: Partial<typeof info>) => runningGap({ ...run, info: { ...info, ...changes } }, 0.5);
  assert.is(with_({ step: 3 }), null);
  assert.is(with_({ weights: 'best', bestEpoch: 1, step: 3 })!.trainingAccuracy, info.history[0]!.accuracy);
  assert.is(with_({ history: [], epoch: 0 }), null);
});

test('--sort puts the best first, or rows as they rise or fall', () => {
  const { rows } = compare('vgg16', 'lenet5', dirOf('each'));
  const names = (sort: string) => sortRows(rows, sort).map((row) => row.name);
  assert.equal(names('params'), ['tiny', 'lenet5', 'vgg16']);
  assert.equal(names('params:asc'), ['tiny', 'lenet5', 'vgg16']);
  assert.equal(names('params:desc'), ['vgg16', 'lenet5', 'tiny']);
  const run = compare(dirOf('each')).rows[0]!;
  const both = [0.5, 0.9, null].map((testAccuracy) => ({ ...run, testAccuracy }));
  const accuracies = (sort: string) => sortRows(both, sort).map((row) => row.testAccuracy);
  assert.equal(accuracies('testAccuracy'), [0.9, 0.5, null]);
  // What has no figure is neither high nor low.
  assert.equal(accuracies('testAccuracy:asc'), [0.5, 0.9, null]);
  const refusal = (sort: string) => runCli(['compare', 'lenet5', '--sort', sort]).stderr;
  assert.is(refusal('params:dsc'), '--sort params:dsc: the order of a column is asc or desc, got "dsc".\n');
  assert.match(refusal('parms:desc'), /^--sort: there is no column "parms"\. Did you mean "params"\?/);
});

test('what is named again has one row, and that is said', () => {
  const { rows, notes } = compare('lenet5', 'vgg16', 'lenet5', 'lenet5', dirOf('two'), `${dirOf('two')}/`);
  assert.equal(
    rows.map(({ name }) => name),
    ['lenet5', 'vgg16', 'tiny'],
  );
  assert.equal(notes, [
    'lenet5 is named 3 times and has one row.',
    `${dirOf('two')} is named twice and has one row.`,
  ]);
});

test.run();
