import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { historyPicture } from '../../src/report/pictures/history.js';
import type { EpochEvent } from '../../src/runs/events.js';
import { openRun } from '../../src/runs/run-reader.js';
import { runHistory } from '../../src/tasks/visualize/runs/history.js';
import { createTheme } from '../../src/terminal/theme.js';
import { evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { temporaryFolder } from '../support/folders.js';
import { metricsOf, trainHere, writeModel } from '../support/training.js';

const test = suite('the test images after every epoch');
const folder = temporaryFolder();
const model = writeModel(folder);
const each = { model, limit: 60, testEachEpoch: true };

test('their figures are in events and metrics, and the last are those of the run', async () => {
  const { events, dir } = await trainHere({ ...each, runDir: join(folder, 'each') });
  const epochs = events.filter((event): event is EpochEvent => event.event === 'epoch');
  assert.is(epochs.length, 2);
  const { test: last, bestEpoch } = openRun(dir).info;
  assert.is(bestEpoch, null);
  assert.equal([epochs[1]!.testLoss, epochs[1]!.testAccuracy], [last!.loss, last!.accuracy]);
  assert.not.equal(epochs[0]!.testLoss, epochs[1]!.testLoss);
  const lines = metricsOf(dir).filter((line) => (line as { event: string }).event === 'epoch');
  assert.equal(
    lines.map((line) => (line as EpochEvent).testLoss),
    epochs.map(({ testLoss }) => testLoss),
  );
  const { evaluation } = await evaluateRun(
    { run: dir, split: 'test', limit: 60, engine: 'onnx', device: 'cpu' } as never,
    () => {},
  );
  assert.ok(Math.abs(evaluation.loss - last!.loss) < 1e-6);
});

test('what is trained does not depend on them', async () => {
  const { dir } = await trainHere({ model, limit: 60, runDir: join(folder, 'plain') });
  const weights = (run: string) => readFileSync(join(run, 'weights.safetensors'));
  assert.ok(weights(dir).equals(weights(join(folder, 'each'))));
  assert.equal(openRun(dir).info.test, openRun(join(folder, 'each')).info.test);
});

test('with early stopping the run shows the figures of its best epoch', async () => {
  const { events, dir } = await trainHere({
    ...each,
    set: ['training.epochs=4', 'training.validationSplit=0.3', 'training.optimizer.learningRate=0.5'],
    runDir: join(folder, 'best'),
  });
  const { bestEpoch, test: shown } = openRun(dir).info;
  const best = events.find(
    (event): event is EpochEvent => event.event === 'epoch' && event.epoch === bestEpoch,
  );
  assert.ok(best, 'there is a best epoch');
  assert.equal([best.testLoss, best.testAccuracy], [shown!.loss, shown!.accuracy]);
});

test('the history draws training with o and test with s, accuracy from 0 to 1', async () => {
  const picture = historyPicture([runHistory(join(folder, 'each'))]);
  const svg = await picture.svg();
  const accuracy = svg.slice(svg.indexOf('chart-accuracy'));
  assert.match(svg, />test</);
  // Circles for training, squares for test.
  assert.match(accuracy, /<circle [^>]*>.*<rect [^>]*width="6\.3/s);
  assert.match(svg, />0\.0<[\s\S]*>1\.0</);
  const text = picture.terminal({ theme: createTheme(0, true), columns: 120, graphics: 'none' } as never);
  assert.match(text, /o.* training.*s.* test/);
  const [top, bottom] = [/^ +1( |$)/m, /^ +0( |$)/m];
  assert.match(text.slice(text.indexOf('\naccuracy')), top);
  assert.match(text.slice(text.indexOf('\naccuracy')), bottom);
  assert.match(text, /Test accuracy/);
});

test.run();
