import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatTick, renderPareto } from '../../../src/report/compare/pareto.js';
import { comparisonPage } from '../../../src/report/html/comparison.js';
import {
  costScale,
  linearScale,
  logarithmicScale,
  percentTicks,
  timeScale,
} from '../../../src/report/scale.js';
import { compareItems } from '../../../src/tasks/compare/comparison.js';
import { readItems } from '../../../src/tasks/compare/items.js';
import { type CostPoint, paretoPoints } from '../../../src/tasks/compare/pareto.js';
import { runCli } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainStyle } from '../../support/screens/style.js';
import { TINY, trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const dirOf = (name: string) => join(folder, name);
const TIME = new Date('2026-08-01T12:00:00Z');
const page = (...items: string[]) => comparisonPage(compareItems(readItems(items)), TIME);

test.before(async () => {
  const tiny = writeModel(folder);
  const wider = writeModel(folder, TINY.replace('filters: 4', 'filters: 12'), 'wider.yaml');
  for (const seed of [1, 2])
    await trainHere({
      model: tiny,
      seed,
      limit: 200,
      validationSplit: 0.2,
      runDir: dirOf(`tiny-${seed}`),
    });
  await trainHere({ model: wider, limit: 200, validationSplit: 0.2, runDir: dirOf('wider') });
  await trainHere({ model: wider, limit: 100, epochs: 1, runDir: dirOf('other') });
});

const point = (label: string, macs: number, testAccuracy: number, group = 'A'): CostPoint => ({
  label,
  group,
  macs,
  params: macs,
  seconds: macs / 1000,
  testAccuracy,
  accuracies: [testAccuracy],
});
const POINTS = [
  point('cheap', 1000, 0.9),
  point('wasteful', 50_000, 0.89),
  point('good', 40_000, 0.95),
  point('best', 900_000, 0.97),
  point('twin', 1000, 0.9),
];

test('a recipe is beaten by one that is at least as good for at most as much, within its group', () => {
  const beaten = (points: readonly CostPoint[]) =>
    Object.fromEntries(paretoPoints(points, 'macs').map((p) => [p.point.label, p.beatenBy]));
  assert.equal(beaten(POINTS), { cheap: null, twin: null, good: null, wasteful: 'good', best: null });
  assert.equal(beaten([point('a', 10, 0.9), point('b', 10, 0.8), point('c', 20, 0.7, 'B')]), {
    a: null,
    b: 'a',
    c: null,
  });
});

test('the terminal draws a letter a recipe, and says what each stands for', () => {
  const text = renderPareto(POINTS, 'macs', plainStyle(60));
  const lines = text.split('\n');
  assert.is(lines[0], 'Accuracy against MACs, by ratios');
  assert.match(lines[1]!, /^ {2}97\.0 % │ +e$/);
  assert.ok(lines.slice(0, 15).every((line) => line.length <= 60));
  for (const letter of 'abcde') assert.match(text.split('Key')[0]!, new RegExp(`│.*${letter}`));
  assert.match(text, /\n {10} *1K +10K +100K +1M\n/);
  assert.match(text, /\nd +wasteful +89\.00 % +50,000 +beaten by good\n/);
  assert.match(text, /\ne +best +97\.00 % +900,000 +on the front\n$/);
});

test('axes have round ticks within their ends', () => {
  assert.equal(linearScale([0.631, 0.742], 5).ticks, [0.64, 0.66, 0.68, 0.7, 0.72, 0.74]);
  assert.equal(logarithmicScale(900, 2_000_000).ticks, [1000, 10_000, 100_000, 1_000_000]);
  assert.equal(logarithmicScale(90, 500).ticks, [100, 200, 500]);
  assert.not(costScale([10, 20]).isLogarithmic);
  assert.ok(costScale([10, 2000]).isLogarithmic);
  assert.equal(timeScale([8, 1000]).ticks, [10, 30, 120, 600]);
  assert.equal(
    [90, 120, 3600, 5400].map((time) => formatTick('seconds', time)),
    ['1m 30s', '2m', '1h', '1h 30m'],
  );
  const same = linearScale([0.5, 0.5], 4);
  assert.ok(Math.abs(same.at(0.5) - 0.5) < 1e-9);
  assert.is(percentTicks(linearScale([0.64, 0.73], 3))(0.675), '67.5 %');
  assert.is(percentTicks(linearScale([0.6, 0.7], 5))(0.66), '66 %');
});

test('a page is whole in itself: it names no address, runs nothing and fetches nothing', () => {
  for (const html of [page(dirOf('tiny-1'), dirOf('tiny-2'), dirOf('wider')), page('lenet5', 'vgg16')]) {
    assert.not.match(html, /https?:|\/\/|url\(|@import|<script|<link|<img|<iframe|\bsrc=|\bhref=|data:/i);
    assert.match(html, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
    assert.match(html, /prefers-color-scheme:dark/);
    assert.match(html, /@media print/);
    assert.match(html, /width=device-width/);
  }
});

/** Every element that is opened is closed, in order. */
function assertWellFormed(html: string): void {
  const open: string[] = [];
  for (const [, slash, name, end] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^<>]*?(\/?)>/g)) {
    if (end === '/' || name === 'meta') continue;
    if (slash === '') open.push(name!);
    else assert.is(open.pop(), name, `</${name}>`);
  }
  assert.equal(open, []);
}

test('a page has its charts, tables and statements, and is well formed', () => {
  const html = page(dirOf('tiny-1'), dirOf('tiny-2'), dirOf('wider'));
  assertWellFormed(html);
  for (const title of [
    'Test accuracy',
    'Accuracy against MACs',
    'Accuracy against parameters',
    'Accuracy against training time',
    'Training loss',
    'Training accuracy',
  ])
    assert.ok(html.includes(`<h3>${title}</h3>\n<svg viewBox=`), title);
  assert.is(html.match(/<polyline class="curve"/g)!.length, 6, 'loss and accuracy of three runs');
  assert.is(
    html.match(/<circle [^>]*fill="var\(--card\)"/g)!.length,
    12,
    'two looks at validation images each',
  );
  assert.match(html, /3 runs on digits: 160 training images, 2 epochs, 200 test images\./);
  assert.match(html, /(is more accurate than|are equally accurate)/);
  assert.match(html, /<h3>Over seeds<\/h3>/);
  assert.not.match(html, /NaN|undefined|Infinity/);
});

test('untrained models have their sizes, and runs of other budgets their warning', () => {
  const sizes = page('lenet5', 'vgg16');
  assertWellFormed(sizes);
  assert.match(sizes, /<h3>Parameters<\/h3>/);
  assert.not.match(sizes, /Test accuracy|NaN|undefined/);
  const mixed = page(dirOf('tiny-1'), dirOf('other'));
  assertWellFormed(mixed);
  assert.match(mixed, /<ul class="warn">\n<li>The runs saw different data or budgets/);
  assert.not.match(mixed, /class="front"/);
});

test('what a name holds is text on the page', () => {
  writeModel(folder, TINY, 'a<b>&"c".yaml');
  const html = page(join(folder, 'a<b>&"c".yaml'), 'lenet5');
  assert.ok(html.includes('a&lt;b&gt;&amp;&quot;c&quot;'));
  assert.not.match(html, /<b>/);
  assertWellFormed(html);
});

test('--html writes the page beside the result, and says early what is wrong with its name', () => {
  const file = join(folder, 'report.html');
  const { code, stdout, stderr } = runCli([
    'compare',
    dirOf('tiny-1'),
    dirOf('wider'),
    '--html',
    file,
    '--json',
  ]);
  assert.is(code, 0, stderr);
  assert.is(JSON.parse(stdout).rows.length, 2);
  assert.match(readFileSync(file, 'utf8'), /^<!doctype html>\n/);
  const none = runCli(['compare', 'lenet5', '--train', '--html', join(folder, 'none', 'report.html')]);
  assert.is(none.code, 2);
  assert.match(
    none.stderr,
    /^--html .*report\.html: there is no folder .*none\. Make it first: mkdir -p .*none\n$/,
  );
  assert.match(runCli(['compare', 'lenet5', '--html', folder]).stderr, /: that is a folder\.\n$/);
});

test('--pareto goes into tables, markdown and JSON, and needs runs', () => {
  const runs = [dirOf('tiny-1'), dirOf('wider')];
  const { pareto } = JSON.parse(runCli(['compare', ...runs, '--pareto', 'params', '--json']).stdout);
  assert.is(pareto.cost, 'params');
  assert.equal(Object.keys(pareto.points[0]), ['name', 'group', 'cost', 'testAccuracy', 'beatenBy']);
  assert.match(
    runCli(['compare', ...runs, '--pareto', 'macs', '--format', 'markdown']).stdout,
    /\n\| Name +\| Accuracy +\| +MACs \| Pareto/,
  );
  assert.match(
    runCli(['compare', 'lenet5', '--pareto', 'macs']).stderr,
    /^--pareto needs runs that have test figures/,
  );
  assert.match(
    runCli(['compare', ...runs, '--pareto', 'mac']).stderr,
    /^--pareto must be macs, params or seconds, got "mac"/,
  );
  assert.match(
    runCli(['compare', ...runs, '--pareto', 'macs', '--format', 'csv']).stderr,
    /do not go together/,
  );
});

test('a run without metrics.jsonl has no curve, and everything else', () => {
  writeFileSync(join(dirOf('other'), 'metrics.jsonl'), '');
  const html = page(dirOf('other'));
  assert.not.match(html, /Training loss/);
  assert.match(html, /Accuracy against MACs/);
  assertWellFormed(html);
});

test.run();
