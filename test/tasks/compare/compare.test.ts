import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LIST } from '../../../src/cli/values.js';
import { namedColumns, sortRows } from '../../../src/report/compare/columns.js';
import { renderComparison } from '../../../src/report/compare/render.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { compareItems } from '../../../src/tasks/compare/comparison.js';
import { readItems } from '../../../src/tasks/compare/items.js';
import { plainEnv, program, ROOT, runCli } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainStyle } from '../../support/screens/style.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
const runs = { a: join(folder, 'a'), b: join(folder, 'b'), fewer: join(folder, 'fewer') };
const compare = (...items: string[]) => compareItems(readItems(items));
const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test.before(async () => {
  await trainHere({ model, limit: 100, runDir: runs.a });
  await trainHere({ model, limit: 100, seed: 2, runDir: runs.b });
  await trainHere({ model, limit: 60, epochs: 1, runDir: runs.fewer });
});

test('untrained models have the figures of their summaries, and nulls for the rest', () => {
  const { rows, notes } = compare('lenet5', model);
  assert.equal(notes, []);
  const { name, kind, params, macs, parameterBytes, trainingActivationBytes, receptiveField, ...rest } =
    rows[0]!;
  assert.equal([name, kind, params, macs, parameterBytes], ['lenet5', 'model', 61_706, 416_520, 246_824]);
  const summary = JSON.parse(runCli(['summary', 'lenet5', '--json']).stdout);
  assert.is(trainingActivationBytes, summary.totals.trainingActivationBytes);
  assert.equal(receptiveField, [32, 32]);
  assert.ok(Object.values(rest).every((value) => value === null));
  assert.is(rows[1]!.name, 'tiny');
});

test('a run that is named twice is one run, and another with the same seed is no other seed', () => {
  assert.is(compare(runs.a, join(folder, 'b', '..', 'a')).rows.length, 1);
  cpSync(runs.a, join(folder, 'again'), { recursive: true });
  const { rows, seeds } = compare(runs.a, join(folder, 'again'), runs.b);
  assert.is(rows.length, 3);
  assert.equal(seeds[0]!.seeds, [1, 2]);
  rmSync(join(folder, 'again'), { recursive: true });
});

test('a run has the figures of its run.json', () => {
  const [row] = compare(runs.a).rows;
  const { info } = openRun(runs.a);
  assert.is(row!.testAccuracy, info.test!.accuracy);
  assert.is(row!.testLoss, info.test!.loss);
  assert.is(row!.seconds, info.seconds);
  assert.equal(
    [row!.kind, row!.run, row!.dataset, row!.epochs, row!.status, row!.seed, row!.trainImages],
    ['run', runs.a, 'digits', 2, 'completed', 1, 100],
  );
  const rates = info.history.map((epoch) => epoch.imagesPerSecond);
  assert.ok(row!.imagesPerSecond! >= Math.min(...rates) && row!.imagesPerSecond! <= Math.max(...rates));
});

test('JSON has the promised keys first, models and runs mixed', () => {
  const { code, stdout, stderr } = runCli(['compare', 'lenet5', runs.a, '--json']);
  assert.is(code, 0, stderr);
  const { rows } = JSON.parse(stdout) as { rows: object[] };
  for (const row of rows) {
    assert.equal(Object.keys(row).slice(0, 14), [
      'name',
      'kind',
      'params',
      'macs',
      'parameterBytes',
      'trainingActivationBytes',
      'receptiveField',
      'dataset',
      'epochs',
      'testAccuracy',
      'testLoss',
      'seconds',
      'imagesPerSecond',
      'run',
    ]);
  }
});

test('CSV and markdown have a row each', () => {
  const csv = renderComparison(compare('lenet5', runs.a), 'csv', plainStyle()).trimEnd().split('\n');
  assert.is(csv.length, 3);
  assert.match(csv[0]!, /^name,kind,params,macs,/);
  assert.match(csv[1]!, /^lenet5,model,61706,416520,246824,\d+,32x32,,,/);
  const markdown = renderComparison(compare('lenet5', runs.a), 'markdown', plainStyle());
  assert.match(
    markdown,
    /^\| Name +\|.*\n\| -+ \|.*\n\| lenet5 +\|.*\n\| tiny +\|.*\n\n- Parameters, against lenet5/,
  );
});

test('runs of other data or another budget are marked, and ranked within their group only', () => {
  const { rows, notes } = compare(runs.a, runs.fewer, runs.b);
  assert.equal(
    rows.map((row) => row.group),
    ['A', 'B', 'A'],
  );
  assert.match(notes[0]!, /^The runs saw different data or budgets, so .* are not ranked:$/);
  assert.is(notes[1], 'A: digits, 100 training images, 2 epochs, 100 test images');
  assert.is(notes[2], 'B: digits, 60 training images, 1 epoch, 60 test images');
  const sorted = sortRows(
    rows.map((row) => (row.group === 'B' ? { ...row, testAccuracy: 1 } : row)),
    'testAccuracy',
  );
  assert.equal(
    sorted.map((row) => row.group),
    ['A', 'A', 'B'],
  );
  assert.ok(sorted[0]!.testAccuracy! >= sorted[1]!.testAccuracy!);
  const { stdout } = runCli(['compare', runs.a, runs.fewer]);
  assert.match(stdout, /^Group {2}Name/);
  assert.match(stdout, /\nB {6}tiny/);
  assert.match(stdout, /\nB: digits, 60 training images/);
  const json = runCli(['compare', runs.a, runs.fewer, '--json']);
  assert.match(json.stderr, /^notice: The runs saw different data or budgets/);
});

test('rows are sorted the best first, those without a figure last', () => {
  const { rows } = compare('vgg16', 'lenet5', runs.a);
  const names = (column: string) => sortRows(rows, column).map((row) => row.name);
  assert.equal(names('macs'), ['tiny', 'lenet5', 'vgg16']);
  assert.equal(names('name'), ['lenet5', 'tiny', 'vgg16']);
  assert.is(names('testAccuracy')[0], 'tiny');
});

test('--columns picks columns in every format, and a typo gets the list', () => {
  const columns = namedColumns(LIST.parse('params, name', '--columns'));
  const print = (format: 'table' | 'json' | 'csv') =>
    renderComparison(compare('lenet5'), format, plainStyle(), { columns });
  assert.is(print('csv'), 'params,name\n61706,lenet5\n');
  assert.equal(JSON.parse(print('json')), { rows: [{ params: 61_706, name: 'lenet5' }] });
  assert.is(print('table'), 'Params  Name\n──────  ──────\n61,706  lenet5\n');
  const { code, stdout, stderr } = runCli(['compare', 'lenet5', '--columns', 'name,testAcuracy']);
  assert.equal([code, stdout], [2, '']);
  assert.match(
    stderr,
    /^--columns: there is no column "testAcuracy"\. Did you mean "testAccuracy"\? There are name, kind, params, .*\.\n$/,
  );
  assert.match(runCli(['compare', 'lenet5', '--sort', 'accuracy']).stderr, /^--sort: there is no column/);
});

test('tables fit the terminal, and keep what tells rows apart', () => {
  for (const width of [60, 80, 120]) {
    const lines = renderComparison(compare('vgg16', 'lenet5'), 'table', plainStyle(width)).split('\n');
    assert.ok(Math.max(...lines.map((line) => line.length)) <= width);
    assert.match(lines[0]!, /^Name +Params/);
  }
  const narrow = renderComparison(compare(runs.a, runs.b), 'table', plainStyle(60));
  assert.match(narrow, /^Name +Seed +Accuracy|^Name .*Run/);
});

test('a folder or name that is neither is named, with what may have been meant', () => {
  const cases: [string, RegExp][] = [
    ['lenet6', /^There is neither a model nor a run folder "lenet6"\. Did you mean "lenet5"\?$/],
    ['zzzzzz', /^There is neither a model nor a run folder "zzzzzz"\. The zoo has alexnet, /],
    [join(folder, 'aa'), /^There is no run folder .*aa\. Did you mean .*a\?$/],
    [folder, /is not a run folder: it has no run\.json\./],
  ];
  for (const [item, expected] of cases)
    assert.match(
      messageOf(() => readItems([item])),
      expected,
    );
});

test('a run with a missing or torn file is named with the file', () => {
  const torn = join(folder, 'torn');
  const cases: [string, (path: string) => void, RegExp][] = [
    ['run.json', (path) => rmSync(path), /^.*torn is not a run folder: it has no run\.json\./],
    ['config.yaml', (path) => rmSync(path), /^.*torn is not a run folder: it has no config\.yaml\./],
    ['run.json', (path) => writeFileSync(path, half(path)), /torn\/run\.json is damaged: it is not JSON/],
    ['run.json', (path) => writeFileSync(path, '{"format":1}'), /torn\/run\.json is damaged: its status /],
    ['config.yaml', (path) => writeFileSync(path, half(path)), /^.*torn\/config\.yaml:\d+:\d+ /],
  ];
  for (const [file, damage, expected] of cases) {
    cpSync(runs.a, torn, { recursive: true });
    damage(join(torn, file));
    const { code, stdout, stderr } = runCli(['compare', runs.b, torn]);
    assert.is(code, 1, stderr);
    assert.match(stdout, /^Name .*\n.*\ntiny .*b\n\nGap: /);
    assert.match(stderr.trimEnd(), expected);
    assert.is(stderr.trimEnd().split('\n').length, 1);
    rmSync(torn, { recursive: true });
  }
});

function half(path: string): string {
  const text = readFileSync(path, 'utf8');
  return text.slice(0, text.length / 2);
}

test('a run that is not finished says so, and how to go on', async () => {
  const stopped = join(folder, 'stopped');
  await trainHere({ model, limit: 100, runDir: stopped }, () => 'now');
  const { rows, notes } = compare(stopped);
  assert.is(rows[0]!.status, 'interrupted');
  assert.is(rows[0]!.testAccuracy, null);
  assert.is(
    notes[0],
    `${stopped} was interrupted (0 of 2 epochs), so it has no test figures; go on with: cnnzoo train --resume ${stopped}`,
  );
});

test('no engine is loaded', () => {
  const script =
    'process.on("exit", () => console.error(JSON.stringify(process.report.getReport().sharedObjects)))';
  const listing = `data:text/javascript,${encodeURIComponent(script)}`;
  const objectsOf = (args: readonly string[]): string =>
    spawnSync(process.execPath, ['--import', listing, program(), ...args], {
      cwd: ROOT,
      env: plainEnv(),
      encoding: 'utf8',
    }).stderr;
  assert.not.match(objectsOf(['compare', 'lenet5', runs.a, runs.b]), /onnxruntime|sharp|tensorflow/);
  const evaluated = objectsOf(['evaluate', runs.a, '--engine', 'onnx', '--device', 'cpu']);
  assert.match(evaluated, /onnxruntime/, 'this would show an engine');
});

test.run();
