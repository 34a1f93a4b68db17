import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gapSentences } from '../../src/report/results/gap.js';
import { openRun } from '../../src/runs/run-reader.js';
import { type EvaluationRequest, evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const run = join(folder, 'run');
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

function evaluate(request: Partial<EvaluationRequest>) {
  return evaluateRun({ run, split: 'test', limit: 100, ...CPU, ...request }, () => {});
}

test.before(async () => {
  await trainHere({ model: writeModel(folder), limit: 100, testEachEpoch: true, runDir: run });
});

test('of the test images it is told against the running training accuracy of the epoch', async () => {
  const { gap, evaluation } = await evaluate({});
  const { history } = openRun(run).info;
  assert.equal(gap, {
    trainingAccuracy: history[1]!.accuracy,
    testAccuracy: evaluation.accuracy,
    gap: history[1]!.accuracy - evaluation.accuracy,
    measured: 'running',
    epoch: 2,
    dropout: true,
    augmentation: false,
    byEpoch: history.map(({ epoch, accuracy, testAccuracy }) => ({
      epoch,
      trainingAccuracy: accuracy,
      testAccuracy,
      gap: accuracy - testAccuracy!,
    })),
  });
});

test('of the training images it is told against the test of the run, as both are evaluated', async () => {
  const { gap, evaluation } = await evaluate({ split: 'train' });
  const { test: tested } = openRun(run).info;
  assert.is(gap!.measured, 'evaluated');
  assert.is(gap!.dropout, false);
  assert.is(gap!.gap, evaluation.accuracy - tested!.accuracy);
});

test('there is none of other images or other weights', async () => {
  const shapes = await evaluate({
    dataset: 'digits',
    dataDir: folder,
    weights: join(run, 'weights.safetensors'),
  });
  assert.is(shapes.gap, null);
});

test('the sentences say how large it is and in which sense', () => {
  const gap = {
    trainingAccuracy: 0.9997,
    testAccuracy: 0.9931,
    gap: 0.9997 - 0.9931,
    measured: 'running',
    epoch: 5,
    dropout: true,
    augmentation: true,
    byEpoch: [],
  } as const;
  assert.equal(gapSentences(gap), [
    '+0.66 points: 99.97 % in training less this; the training accuracy is the running mean of epoch 5, with dropout and on varied images',
  ]);
  const each = (value: number, epoch: number) => ({
    epoch,
    trainingAccuracy: 0,
    testAccuracy: 0,
    gap: value,
  });
  const byEpoch = [-0.0215, 0.000001, 0.0066].map((value, i) => each(value, i + 1));
  assert.equal(gapSentences({ ...gap, measured: 'evaluated', byEpoch }), [
    "+0.66 points: this less the 99.31 % of the run's test; the training images were evaluated as test images are",
    'by epoch: -2.15, 0.00, +0.66',
  ]);
  const long = Array.from({ length: 30 }, (_, i) => each(0.01, i + 1));
  assert.match(gapSentences({ ...gap, byEpoch: long })[1]!, /^by epoch, from epoch 11 on: \+1\.00, /);
});

test('the command prints it', async () => {
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'evaluate',
    'run',
    '--engine',
    'onnx',
    '--device',
    'cpu',
    '--threads',
    '1',
  ]);
  assert.is(code, 0, stderr);
  assert.match(
    stdout,
    /\nloss +\d\.\d+\ngap +[+-]?\d+\.\d\d points: \d+\.\d\d % in training less this; the training accuracy is the running mean of epoch 2, with dropout\n {10}by epoch: [+-]?\d+\.\d\d, [+-]?\d+\.\d\d\n\n/,
  );
});

test.run();
