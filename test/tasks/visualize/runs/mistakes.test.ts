import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadDataset } from '../../../../src/data/index.js';
import { mistakesPicture } from '../../../../src/report/pictures/mistakes.js';
import { runMistakes } from '../../../../src/tasks/visualize/runs/mistakes.js';
import { temporaryFolder } from '../../../support/folders.js';
import { plainDrawing, refusal } from '../../../support/screens/drawing.js';
import { trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1, split: 'test' } as const;
const run = join(folder, 'run');
const quiet = () => {};

test('mistakes are the wrong ones alone, the worst first, each with its own picture', async () => {
  await trainHere({ model: writeModel(folder), limit: 500, epochs: 4, runDir: run });
  const { mistakes, wrong, images } = await runMistakes({ ...CPU, run, limit: 100, worst: 7 }, quiet);
  assert.is(images, 100);
  assert.ok(wrong > 7, `${wrong}`);
  assert.is(mistakes.length, 7);
  const losses = mistakes.map(({ loss }) => loss);
  assert.equal(
    losses,
    [...losses].sort((a, b) => b - a),
  );
  const { test: digits, classes } = await loadDataset({
    name: 'digits',
    explicit: true,
    shape: [28, 28, 1],
    classes: 10,
    notify: quiet,
  });
  for (const { index, image, label, predicted, picture } of mistakes) {
    const pixels = new Uint8Array(784);
    await digits.read(Uint32Array.of(index), pixels);
    assert.equal([image, label], [`digits:test:${index}`, classes[digits.labels[index]!]]);
    assert.not.equal(label, predicted);
    assert.equal(
      [...picture.pixels].filter((_, i) => i % 4 === 0),
      [...pixels],
    );
  }
});

test('under each picture stands what it is and what it was taken for, in every form', async () => {
  const found = await runMistakes({ ...CPU, run, limit: 100, worst: 5 }, quiet);
  const picture = mistakesPicture(found);
  const svg = await picture.svg();
  const { label, predicted, index } = found.mistakes[4]!;
  for (const text of [`is ${label}`, `as ${predicted}, `, `test:${index}`]) assert.match(svg, `>${text}`);
  for (const columns of [40, 90]) {
    const text = picture.terminal(plainDrawing(columns));
    for (const line of text.split('\n')) assert.ok(line.length <= columns, line);
    assert.is(text.match(/is \d/g)!.length, 5);
  }
  const { mistakes } = picture.json as { mistakes: object[] };
  assert.equal(Object.keys(mistakes[0]!), ['index', 'image', 'label', 'predicted', 'probability', 'loss']);
});

test('where there is none to show, a sentence says so', async () => {
  const flags = ['--device', 'cpu', '--engine', 'onnx', '--threads', '1'];
  const said = await refusal(folder, ['visualize', 'mistakes', run, '--worst', '0', ...flags]);
  assert.is(said, '2 --worst must be a whole number of at least 1, got 0.');
  // All images before the first mistake are right.
  const { mistakes } = await runMistakes({ ...CPU, run, worst: 100, limit: 100 }, quiet);
  const right = Math.min(...mistakes.map(({ index }) => index));
  assert.ok(right > 0);
  assert.match(
    await refusal(folder, ['visualize', 'mistakes', run, '--limit', `${right}`, ...flags]),
    /^1 \S*run makes no mistake: all \d+ test images are right/,
  );
});

test.run();
