import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fitCosts } from '../../../scripts/bench/thread-fit.js';
import { physicalCores } from '../../../src/base/machine/cores.js';
import { stepMs, type ThreadCosts } from '../../../src/engines/onnx/plan/thread-model.js';
import { renderScaling } from '../../../src/report/results/scaling.js';
import { type BenchRow, joinRounds } from '../../../src/tasks/bench/cells.js';
import { type ScalingRow, scalingRows, threadCounts } from '../../../src/tasks/bench/scaling.js';
import { createTheme } from '../../../src/terminal/theme.js';
import { runCli } from '../../support/cli.js';

function row(threads: number, msPerStep: number): BenchRow {
  const result = {
    model: 'tiny',
    mode: 'train' as const,
    dtype: 'float32' as const,
    engine: 'onnx',
    device: 'cpu',
    threads,
  };
  const figures = { batchSize: 10, microBatches: 1, steps: 5, compileMs: 20, peakMemoryBytes: 2e8 };
  const ms = { msPerStep, imagesPerSecond: 0, msPerStepRange: [msPerStep, msPerStep] as const };
  return joinRounds([{ ...result, ...figures, ...ms }]);
}

const MODEL = { chosen: 2, expectedMs: (threads: number) => 12 / threads };

test('threads are doubled up to all there are', () => {
  assert.equal(threadCounts(1), [1]);
  assert.equal(threadCounts(2), [1, 2]);
  assert.equal(threadCounts(6), [1, 2, 4, 6]);
  assert.equal(threadCounts(16), [1, 2, 4, 8, 16]);
});

test('efficiency is against one thread; what is fastest, and what would be chosen, is said', () => {
  const rows = scalingRows([row(1, 12), row(2, 8), row(4, 10)], MODEL);
  assert.equal(
    rows.map(({ speedUp, efficiency }) => [speedUp, efficiency]),
    [
      [1, 1],
      [1.5, 0.75],
      [1.2, 0.3],
    ],
  );
  assert.equal(
    rows.map(({ isFastest, isChosen, expectedMs }) => [isFastest, isChosen, expectedMs]),
    [
      [false, false, 12],
      [true, true, 6],
      [false, false, 3],
    ],
  );
  assert.is(scalingRows([row(1, 12)], null)[0]!.isChosen, null);
});

test('below the table each cell has bars, and a sentence on the best number', async () => {
  const style = { width: 100, theme: createTheme(0, false) };
  const text = async (rows: readonly ScalingRow[]) => renderScaling([rows], 'table', style);
  const table = await text(scalingRows([row(1, 12), row(2, 8)], MODEL));
  assert.match(table, 'tiny train, batch 10: 2 threads are fastest, 1.50 times as fast as one, and taken.');
  assert.match(table, /^1 thread {2}#+-+ +833 images\/s$/m);
  assert.match(table, /^2 threads #+ 1,250 images\/s$/m);
  const other = await text(scalingRows([row(1, 8), row(2, 12)], MODEL));
  assert.match(other, 'tiny train, batch 10: 1 thread is fastest; 2 would be taken.');
  const between = await text(scalingRows([row(1, 12), row(4, 8)], MODEL));
  assert.match(between.replaceAll('\n', ' '), 'a number that was not measured would be taken');
});

test('on 60 columns the columns that matter stay, and the sentence is broken at spaces', async () => {
  const named = (model: string) => {
    const rows = [row(1, 12), row(2, 8), row(4, 6), row(64, 7)];
    return scalingRows(
      rows.map((one) => ({ ...one, model })),
      { ...MODEL, chosen: 4 },
    );
  };
  const theme = createTheme(0, false);
  const at = (width: number, model: string) => renderScaling([named(model)], 'table', { width, theme });
  const table = await at(60, 'resnet18-small');
  const lines = table.split('\n');
  assert.ok(
    lines.every((line) => line.length <= 60),
    table,
  );
  assert.match(lines[0]!, /^Model +Mode +Threads +Images\/s +Best$/);
  assert.match(lines[4]!, /^resnet18-small +train +4 +1,667 +fastest, taken$/);
  assert.match(
    table,
    '\nresnet18-small train, batch 10: 4 threads are fastest, 2.00\ntimes as fast as one, and taken.\n',
  );
  assert.match(await at(60, 'lenet5'), /^Model +Mode +Threads +Images\/s +Efficiency +Best\n/);
  assert.match(
    await at(200, 'resnet18-small'),
    /^Model +Mode +Batch +Threads +ms\/step +Images\/s +Efficiency +Model ms +Best\n/,
  );
});

test('bench --scaling measures each number of threads, in training and inference', () => {
  const args = ['bench', 'mnist-mlp', '--scaling', '--device', 'cpu', '--batch-size', '2', '--steps', '2'];
  const rows = JSON.parse(runCli([...args, '--rounds', '1', '--json']).stdout) as ScalingRow[];
  const counts = threadCounts(physicalCores());
  assert.equal(
    rows.map(({ mode, threads }) => [mode, threads]),
    ['train', 'infer'].flatMap((mode) => counts.map((count) => [mode, count])),
  );
  for (const mode of ['train', 'infer']) {
    const own = rows.filter((one) => one.mode === mode);
    assert.is(own[0]!.efficiency, 1);
    assert.is(own.filter(({ isFastest }) => isFastest).length, 1);
    assert.ok(own.every(({ expectedMs }) => expectedMs! > 0));
  }
});

test('figures of several numbers of threads have no others to stand against', () => {
  const { code, stderr } = runCli(['bench', 'lenet5', '--scaling', '--against', 'before.json']);
  assert.is(code, 2);
  assert.match(stderr, '--scaling and --against do not go together');
});

test('the constants of a model come back out of the times that it gives', () => {
  const costs: ThreadCosts = {
    operationMs: 0.02,
    threadMs: 0.003,
    macMs: 2e-8,
    macShare: 0.9,
    byteMs: 1e-7,
    byteShare: 0.6,
  };
  const works = [
    { operations: 10, macs: 1e6, bytes: 1e5 },
    { operations: 12, macs: 1e8, bytes: 2e6 },
    { operations: 50, macs: 3e6, bytes: 4e7 },
    { operations: 30, macs: 1e9, bytes: 1e6 },
  ];
  const measured = works.flatMap((work) =>
    [1, 2, 4].map((threads) => ({ work, threads, ms: stepMs(work, threads, costs) })),
  );
  const found = fitCosts(measured);
  for (const { work, threads, ms } of measured) {
    const expected = stepMs(work, threads, found);
    assert.ok(Math.abs(expected / ms - 1) < 0.01, `${expected} for ${ms}`);
  }
});

test.run();
