import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lineInterval, MetricsLog, readLines, type StepLine } from '../../src/runs/metrics.js';
import { NO_PROGRESS } from '../../src/runs/progress.js';
import { temporaryFolder } from '../support/folders.js';

const folder = temporaryFolder();
const writing = { what: 'the metrics' };

function step(epoch: number, step: number): StepLine {
  return { event: 'step', epoch, step, loss: 1, accuracy: 0.5, learningRate: 0.1, seconds: step };
}

function epochLine(epoch: number) {
  const figures = {
    loss: 1,
    accuracy: 0.5,
    validationLoss: null,
    validationAccuracy: null,
    testLoss: null,
    testAccuracy: null,
  };
  return { event: 'epoch' as const, epoch, ...figures, seconds: 1, imagesPerSecond: 10 };
}

test('lines are added, and lines after the checkpoint taken back', async () => {
  const path = join(folder, 'metrics.jsonl');
  const log = await MetricsLog.open(path, NO_PROGRESS, writing);
  const lines = [step(1, 5), step(1, 10), epochLine(1), step(2, 5), step(2, 10), epochLine(2), step(3, 5)];
  for (const line of lines) await log.append(line);
  await log.flush();
  await log.close();
  assert.equal(readLines(readFileSync(path, 'utf8')), lines);

  const again = await MetricsLog.open(path, { ...NO_PROGRESS, epoch: 1, step: 7 }, writing);
  await again.append(step(2, 10));
  await again.close();
  assert.equal(readLines(readFileSync(path, 'utf8')), [...lines.slice(0, 4), step(2, 10)]);
});

test('an epoch whose steps are done but that is not over keeps its steps and no line of its own', async () => {
  const path = join(folder, 'edge.jsonl');
  const lines = [step(1, 10), epochLine(1)];
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await (await MetricsLog.open(path, { ...NO_PROGRESS, step: 10 }, writing)).close();
  assert.equal(readLines(readFileSync(path, 'utf8')), [step(1, 10)]);
});

test('a line that a kill has torn is no harm', async () => {
  const path = join(folder, 'torn.jsonl');
  writeFileSync(path, `${JSON.stringify(step(1, 5))}\n{"event":"step","epoch":1,"st`);
  const log = await MetricsLog.open(path, { ...NO_PROGRESS, step: 9 }, writing);
  await log.append(step(1, 10));
  await log.close();
  assert.equal(readFileSync(path, 'utf8'), `${JSON.stringify(step(1, 5))}\n${JSON.stringify(step(1, 10))}\n`);
});

test('an epoch has at most a hundred step lines', () => {
  assert.is(lineInterval(1), 1);
  assert.is(lineInterval(100), 1);
  assert.is(lineInterval(101), 2);
  assert.is(lineInterval(938), 10);
});

test.run();
