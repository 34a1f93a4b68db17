import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderComparison } from '../../../src/report/compare/render.js';
import { formatP } from '../../../src/report/compare/statements.js';
import { readPredictions } from '../../../src/runs/predictions-file.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { compareItems } from '../../../src/tasks/compare/comparison.js';
import { readItems } from '../../../src/tasks/compare/items.js';
import { holm, mcnemar } from '../../../src/tasks/compare/mcnemar.js';
import { evaluateRun } from '../../../src/training/evaluation/evaluate-run.js';
import { runCli } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainStyle } from '../../support/screens/style.js';
import { TINY, trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const tiny = writeModel(folder);
const wider = writeModel(folder, TINY.replace('filters: 4', 'filters: 12'), 'wider.yaml');
const dirOf = (name: string) => join(folder, name);
const compare = (...names: string[]) => compareItems(readItems(names.map(dirOf)));
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

test.before(async () => {
  for (const seed of [1, 2]) {
    for (const [name, model] of [
      ['tiny', tiny],
      ['wider', wider],
    ] as const) {
      await trainHere({ model, seed, limit: 300, epochs: 3, runDir: dirOf(`${name}-${seed}`) });
    }
  }
});

test("McNemar's p-values are those of scipy.stats.binomtest(min(b, c), b + c)", () => {
  const cases: [number, number, number][] = [
    [0, 0, 1],
    [1, 0, 1],
    [5, 1, 0.21875],
    [10, 2, 0.03857421875],
    [7, 7, 1],
    [12, 25, 0.04703102743951604],
    [40, 102, 1.98960014719943e-7],
    [212, 103, 7.95967779707692e-10],
    [3000, 2800, 0.00896943600119357],
    [900, 0, 2.3661043723335494e-271],
  ];
  for (const [b, c, p] of cases) {
    for (const found of [mcnemar(b, c), mcnemar(c, b)])
      assert.ok(Math.abs(found / p - 1) < 1e-9, `${b}, ${c}: ${found} instead of ${p}`);
  }
});

test('p-values of several comparisons are raised as Holm says', () => {
  const close = (found: readonly number[], wanted: readonly number[]) =>
    wanted.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < 1e-12, String(found)));
  close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  close(holm([0.5, 0.9]), [1, 1]);
  assert.equal(holm([]), []);
});

test('a run keeps what its network took each test image for', async () => {
  const run = openRun(dirOf('tiny-1'));
  const { predictions } = await evaluateRun({ run: run.dir, split: 'test', limit: 300, ...CPU }, () => {});
  const kept = readPredictions(run.dir, run.info)!;
  assert.equal([...kept.labels], [...predictions.labels]);
  assert.equal([...kept.predicted], [...predictions.predicted]);
  const [heading, first] = readFileSync(join(run.dir, 'predictions.csv'), 'utf8').split('\n');
  assert.is(heading, 'image,label,predicted,probability,loss');
  const [image, ...figures] = first!.split(',');
  const [label, predicted, probability, loss] = figures.map(Number);
  assert.equal([image, label, predicted], ['digits:test:0', predictions.labels[0], predictions.predicted[0]]);
  assert.ok(Math.abs(probability! - predictions.probabilities[0]!) < 1e-5);
  assert.ok(Math.abs(loss! - predictions.losses[0]!) < 1e-4);
});

test('two runs are told apart by the images that one of them alone gets right', () => {
  const [difference, ...more] = compare('tiny-1', 'wider-1').differences;
  assert.equal(more, []);
  const right = (name: string) => {
    const { labels, predicted } = readPredictions(dirOf(name), openRun(dirOf(name)).info)!;
    return [...labels].map((label, i) => label === predicted[i]);
  };
  const [better, worse] = [difference!.better, difference!.worse];
  const [a, b] = [right(`${better}-1`), right(`${worse}-1`)];
  const onlyBetter = a.filter((isRight, i) => isRight && !b[i]).length;
  const onlyWorse = b.filter((isRight, i) => isRight && !a[i]).length;
  assert.equal(difference!.pairs, [
    {
      better: dirOf(`${better}-1`),
      worse: dirOf(`${worse}-1`),
      onlyBetter,
      onlyWorse,
      p: mcnemar(onlyBetter, onlyWorse),
    },
  ]);
  assert.ok(Math.abs(difference!.accuracyDifference - (onlyBetter - onlyWorse) / 300) < 1e-12);
  assert.is(difference!.largerThanChance, difference!.p < 0.05);
  const text = renderComparison(compare('tiny-1', 'wider-1'), 'table', plainStyle());
  assert.ok(text.includes(`${onlyBetter} test images only ${better} gets right, ${onlyWorse} only ${worse}`));
  assert.ok(text.includes(formatP(difference!.p)));
  assert.match(
    text,
    difference!.largerThanChance ? /which is larger than chance/ : /which may well be chance/,
  );
});

test('the same network twice is equally accurate, and nothing is more than chance', () => {
  cpSync(dirOf('tiny-1'), dirOf('copy'), { recursive: true });
  writeFileSync(
    join(dirOf('copy'), 'run.json'),
    readFileSync(join(dirOf('copy'), 'run.json'), 'utf8').replace('"model": "tiny"', '"model": "copy"'),
  );
  const [difference] = compare('tiny-1', 'copy').differences;
  assert.equal([difference!.accuracyDifference, difference!.p], [0, 1]);
  const text = renderComparison(compare('tiny-1', 'copy'), 'table', plainStyle());
  assert.match(text, /tiny and copy are equally accurate \(McNemar's exact test; 0 test images/);
  rmSync(dirOf('copy'), { recursive: true });
});

test('several seeds come to a mean and a standard deviation, and a difference is to hold with each', () => {
  const names = ['tiny-1', 'wider-1', 'tiny-2', 'wider-2'];
  const { rows, seeds, differences } = compare(...names);
  assert.is(rows.length, 4);
  assert.equal(seeds.map((row) => [row.name, row.seeds]).sort(), [
    ['tiny', [1, 2]],
    ['wider', [1, 2]],
  ]);
  assert.ok(seeds[0]!.meanTestAccuracy >= seeds[1]!.meanTestAccuracy);
  const tiny = seeds.find((row) => row.name === 'tiny')!;
  const [a, b] = [rows[0]!.testAccuracy!, rows[2]!.testAccuracy!];
  assert.ok(Math.abs(tiny.meanTestAccuracy - (a + b) / 2) < 1e-12);
  // Of two values the sample's standard deviation is their difference over the square root of 2.
  assert.ok(Math.abs(tiny.testAccuracyDeviation - Math.abs(a - b) / Math.SQRT2) < 1e-12);
  const [difference, ...more] = differences;
  assert.equal(more, []);
  assert.is(difference!.pairs.length, 2);
  const agrees = difference!.pairs.every((pair) => pair.onlyBetter > pair.onlyWorse);
  assert.is(difference!.p, agrees ? Math.max(...difference!.pairs.map(({ p }) => p)) : 1);
  assert.match(
    renderComparison(compare(...names), 'table', plainStyle()),
    /\nOver seeds\nName +Seeds +Accuracy +Std\. dev\..*\n.*\n(tiny|wider) +2 .*\n(tiny|wider) +2 .*\n\n.* on average over 2 seeds/,
  );
  const json = JSON.parse(renderComparison(compare(...names), 'json', plainStyle()));
  assert.equal(Object.keys(json), ['rows', 'seeds', 'differences', 'relative']);
});

test('without predictions a run is compared without a test, and --evaluate works them out', () => {
  cpSync(dirOf('tiny-1'), dirOf('old'), { recursive: true });
  rmSync(join(dirOf('old'), 'predictions.csv'));
  const { differences, notes } = compare('old', 'wider-1');
  assert.equal(differences, []);
  assert.is(
    notes[0],
    `Whether a difference to ${dirOf('old')} is more than chance is not known, since no predictions.csv lies there: --evaluate works it out.`,
  );
  const flags = ['--evaluate', '--engine', 'onnx', '--device', 'cpu', '--threads', '1', '--json'];
  const { code, stdout, stderr } = runCli(['compare', dirOf('old'), dirOf('wider-1'), ...flags]);
  assert.is(code, 0, stderr);
  const found = JSON.parse(stdout);
  const wanted = compare('tiny-1', 'wider-1');
  assert.is(found.rows[0].testAccuracy, wanted.rows[0]!.testAccuracy);
  assert.is(found.differences[0].p, wanted.differences[0]!.p);
  rmSync(dirOf('old'), { recursive: true });
});

test('predictions that are torn or of another evaluation are refused', () => {
  const torn = dirOf('torn');
  const cases: [(text: string) => string, RegExp][] = [
    [(text) => text.slice(0, text.length / 2), /torn\/predictions\.csv is damaged: it is torn\. Remove it, /],
    [
      (text) => text.replace('digits:test:5,', 'digits:test:7,'),
      /is damaged: a line of it is no image with its classes\./,
    ],
    [(text) => text.split('\n').toSpliced(-2, 1).join('\n'), /of 299 are right, but the run\.json beside it/],
    [() => '', /is damaged: it is torn/],
    [
      (text) => text.replace(/(\d)\n$/, (_, digit: string) => `${(Number(digit) + 1) % 10}\n`),
      /is damaged: its SHA-256 is not the one that the run\.json beside it has\. Remove it, and "cnnzoo compare --evaluate"/,
    ],
  ];
  for (const [damage, expected] of cases) {
    cpSync(dirOf('tiny-1'), torn, { recursive: true });
    const path = join(torn, 'predictions.csv');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    const { code, stderr } = runCli(['compare', dirOf('wider-1'), torn]);
    assert.is(code, 1);
    assert.match(stderr, expected);
    rmSync(torn, { recursive: true });
  }
});

test.run();
