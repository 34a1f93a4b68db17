import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../../src/base/errors.js';
import { loadDataset } from '../../../src/data/index.js';
import { renderPng } from '../../../src/report/pictures/out.js';
import { robustnessPicture } from '../../../src/report/pictures/robustness.js';
import { CHANGE_NAMES, CHANGES, readAmounts, wantedChanges } from '../../../src/tasks/robustness/changes.js';
import { changedSplit, measureRobustness } from '../../../src/tasks/robustness/robustness.js';
import { evaluateRun } from '../../../src/training/evaluation/evaluate-run.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainDrawing } from '../../support/screens/drawing.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1, split: 'test' } as const;
const run = join(folder, 'run');
const dense = join(folder, 'dense');
const quiet = () => {};
const LIMIT = 60;

const digits = async () =>
  (await loadDataset({ name: 'digits', explicit: true, shape: [28, 28, 1], classes: 10, notify: quiet }))
    .test;

/** Two images of digits, the one by its even number, the other by its odd one. */
async function changed(change: (typeof CHANGE_NAMES)[number], amount: number): Promise<Uint8Array[]> {
  const out = new Uint8Array(4 * 784);
  await changedSplit(await digits(), [28, 28, 1], change, amount).read(Uint32Array.of(8, 9, 10, 11), out);
  return Array.from({ length: 4 }, (_, i) => out.subarray(784 * i, 784 * (i + 1)));
}

test('amounts as they are typed', () => {
  assert.equal(readAmounts('shift', '0..6'), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(readAmounts('rotate', '0..30:15,90'), [0, 15, 30, 90]);
  assert.equal(readAmounts('zoom', '0.8..1.2'), [0.8, 0.9, 1, 1.1, 1.2]);
  assert.equal([...wantedChanges({}).keys()], ['shift']);
  assert.equal(
    [...wantedChanges({ noise: true, blur: [1] })],
    [
      ['noise', [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
      ['blur', [1]],
    ],
  );
  assert.throws(
    () => readAmounts('shift', '0.5'),
    '--shift 0.5: a whole number from 0 to 1000 was expected (pixels).',
  );
  assert.throws(
    () => readAmounts('shift', 'far'),
    '--shift must be amounts such as 0..6, 0..6:2 or 1,2, got "far".',
  );
  assert.throws(() => readAmounts('rotate', '0..180:1'), 'at most 50 of them');
  assert.throws(() => readAmounts('zoom', '0'), '--zoom 0: a number from 0.1 to 10 was expected (times).');
});

test('the neutral amount of every change leaves every byte', async () => {
  const images = await changed('shift', 0);
  for (const name of CHANGE_NAMES) assert.equal(await changed(name, CHANGES[name].neutral), images, name);
});

test('images are shifted to four sides in turn, their edges repeated', async () => {
  const images = await changed('shift', 0);
  const moves = [
    [2, 0],
    [0, 2],
    [-2, 0],
    [0, -2],
  ];
  (await changed('shift', 2)).forEach((image, i) => {
    const [right, down] = moves[i]!;
    image.forEach((byte, at) => {
      const y = Math.min(27, Math.max(0, Math.floor(at / 28) - down!));
      const x = Math.min(27, Math.max(0, (at % 28) - right!));
      assert.is(byte, images[i]![28 * y + x], `image ${i}, value ${at}`);
    });
  });
});

test('half a turn, noise, contrast and blur do what their names say', async () => {
  const [image] = await changed('shift', 0);
  const mean = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
  const [turned] = await changed('rotate', 180);
  assert.ok(turned!.every((byte, i) => Math.abs(byte - image![783 - i]!) <= 1));
  const [grey] = await changed('contrast', 0);
  assert.equal(new Set(grey).size, 1);
  assert.ok(Math.abs(grey![0]! - mean(image!)) <= 0.5);
  const [noisy] = await changed('noise', 0.1);
  assert.equal((await changed('noise', 0.1))[0], noisy, 'the same each time');
  const deviations = [...noisy!].filter((byte, i) => image![i]! > 100 && image![i]! < 155 && byte >= 0);
  assert.ok(deviations.length === 0 || Math.max(...deviations) <= 255);
  const differences = [...noisy!].map((byte, i) => byte - image![i]!);
  const largest = Math.max(...differences.map(Math.abs));
  assert.ok(largest > 30 && largest < 160, `${largest}`);
  const [blurred] = await changed('blur', 1.5);
  assert.ok(Math.abs(mean(blurred!) - mean(image!)) < 3, 'about as light');
  const slope = (bytes: Uint8Array) =>
    bytes.reduce((sum, byte, i) => sum + Math.abs(byte - (bytes[i + 1] ?? 0)), 0);
  assert.ok(slope(blurred!) < 0.6 * slope(image!), 'and smoother');
});

test('with nothing changed the accuracy is that of evaluate, and answers are their own', async () => {
  await trainHere({ model: writeModel(folder), limit: 400, epochs: 3, runDir: run });
  const { runs } = await measureRobustness(
    [run],
    { ...CPU, limit: LIMIT, changes: wantedChanges({ shift: [0, 3], contrast: [1, 0] }) },
    quiet,
  );
  const { evaluation } = await evaluateRun({ ...CPU, run, limit: LIMIT }, quiet);
  const [{ rows, images, dataset }] = runs as readonly [(typeof runs)[number]];
  assert.equal([images, dataset], [LIMIT, 'digits']);
  assert.equal(
    rows.map(({ change, amount }) => [change, amount]),
    [
      ['shift', 0],
      ['shift', 3],
      ['contrast', 1],
      ['contrast', 0],
    ],
  );
  for (const row of [rows[0]!, rows[2]!])
    assert.equal([row.accuracy, row.unchanged], [evaluation.accuracy, 1]);
  assert.ok(rows[1]!.unchanged < 1);
  // All images are one grey each: their classes are mostly lost.
  assert.ok(rows[3]!.accuracy < 0.4, `${rows[3]!.accuracy}`);
});

test('what a row counts is what evaluating the changed images one by one counts', async () => {
  const changes = wantedChanges({ shift: [4] });
  const { runs } = await measureRobustness([run], { ...CPU, limit: LIMIT, changes }, quiet);
  const { predictions } = await evaluateRun({ ...CPU, run, limit: LIMIT }, quiet);
  const { predictImages } = await import('../../../src/tasks/predict/predict.js');
  const split = changedSplit(await digits(), [28, 28, 1], 'shift', 4);
  const files: string[] = [];
  for (let i = 0; i < LIMIT; i++) {
    const pixels = new Uint8Array(784);
    await split.read(Uint32Array.of(i), pixels);
    files.push(join(folder, `${i}.png`));
    await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(files[i]!);
  }
  const { engine, device, threads } = CPU;
  const { images } = await predictImages({ run, images: files, engine, device, threads }, quiet);
  const answers = images.map(({ predictions: [first] }) => first!.class);
  const share = (wanted: ArrayLike<number>) =>
    answers.filter((answer, i) => answer === wanted[i]).length / LIMIT;
  const [row] = runs[0]!.rows;
  assert.equal([row!.accuracy, row!.unchanged], [share(split.labels), share(predictions.predicted)]);
});

test('two runs in every form; a bad one beside them is named', async () => {
  const DENSE =
    'title: Dense\ninput: [28, 28, 1]\nclasses: 10\ndataset: digits\nlayers:\n  - flatten\n  - dense: { units: 32, activation: relu }\n  - dense: { units: classes, activation: softmax }\ntraining: { epochs: 1, batchSize: 20, optimizer: { name: adam, learningRate: 0.003 } }\n';
  await trainHere({ model: writeModel(folder, DENSE, 'dense.yaml'), limit: 400, runDir: dense });
  const changes = wantedChanges({ shift: [0, 1, 2], zoom: [0.8, 1.2] });
  const measured = await measureRobustness([run, dense], { ...CPU, limit: 30, changes }, quiet);
  const picture = robustnessPicture(measured);
  const svg = await picture.svg();
  // A solid and a dashed line a run, in two charts; the legend has lines of its own.
  assert.is(svg.match(/<polyline/g)!.length, 2 * 2 * 2);
  assert.match(svg, '>shift, pixels<');
  assert.match(svg, '>zoom, times<');
  const { width } = await sharp(await renderPng(svg, 2)).metadata();
  assert.is(width, 2 * (2 * 416 + 16));
  for (const line of picture.terminal(plainDrawing(60)).split('\n')) assert.ok(line.length <= 60, line);
  const flags = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1', '--limit', '20', '--json'];
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'robustness',
    run,
    dense,
    '--shift',
    '0,1',
    ...flags,
  ]);
  assert.is(code, 0, stderr);
  const { runs } = JSON.parse(stdout) as { runs: { run: string; rows: object[] }[] };
  assert.equal(
    runs.map((one) => one.run),
    [run, dense],
  );
  assert.equal(Object.keys(runs[0]!.rows[0]!), ['change', 'amount', 'accuracy', 'unchanged']);
  const missing = await measureRobustness([run, 'nowhere'], { ...CPU, limit: 5, changes }, quiet).catch(
    (error: unknown) => (error instanceof WorkError ? error.message : error),
  );
  assert.match(String(missing), /no run folder nowhere/);
});

test.run();
