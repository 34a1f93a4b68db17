import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { occlusionPicture } from '../../../../src/report/pictures/occlusion.js';
import { renderPng } from '../../../../src/report/pictures/out.js';
import { predictImages } from '../../../../src/tasks/predict/predict.js';
import { dropsOf, occlude } from '../../../../src/tasks/visualize/evidence/occlusion.js';
import { temporaryFolder } from '../../../support/folders.js';
import { plainDrawing, refusal } from '../../../support/screens/drawing.js';
import { trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const run = join(folder, 'run');
const image = 'digits:test:3';

test('the map holds what predict says of the picture with a square on it', async () => {
  await trainHere({ model: writeModel(folder), limit: 200, runDir: run });
  const found = await occlude(run, image, { ...CPU, size: 9, class: '4' });
  assert.equal([found.class, found.label, found.stride, found.fill], [4, '4', 1, [0]]);
  assert.equal([found.map.length, found.map[0]!.length], [20, 20]);
  const { pixels } = found.picture;
  const places = [
    [0, 0],
    [19, 19],
    [7, 11],
  ] as const;
  const files = places.map(([top, left]) => join(folder, `${top}-${left}.png`));
  for (const [i, [top, left]] of places.entries()) {
    const covered = Buffer.from(Uint8Array.from({ length: 784 }, (_, p) => pixels[4 * p]!));
    for (let y = top; y < top + 9; y++) covered.fill(0, 28 * y + left, 28 * y + left + 9);
    await sharp(covered, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(files[i]!);
  }
  const { images } = await predictImages({ run, images: [image, ...files], top: 10, ...CPU }, () => {});
  const [free, ...rest] = images.map(
    ({ predictions }) => predictions.find(({ class: number }) => number === 4)!.probability,
  );
  assert.ok(Math.abs(found.probability - free!) < 1e-5);
  places.forEach(([y, x], i) => {
    assert.ok(Math.abs(found.map[y]![x]! - rest[i]!) < 1e-5, `${y},${x}: ${found.map[y]![x]} and ${rest[i]}`);
    assert.is(found.predicted[y]![x], images[i + 1]!.predictions[0]!.class);
  });
});

test('a picture in colour keeps what is not covered', async () => {
  const COLOUR =
    'title: C\ninput: [32, 32, 3]\nclasses: 10\ndataset: shapes\npixels: { mean: 0.5, std: 0.25 }\nlayers:\n  - conv2d: { filters: 4, kernelSize: 3, activation: relu }\n  - flatten\n  - dense: { units: classes, activation: softmax }\ntraining: { epochs: 1, batchSize: 10, optimizer: { name: sgd, learningRate: 0.01 } }\n';
  const colour = join(folder, 'colour');
  await trainHere({ model: writeModel(folder, COLOUR, 'colour.yaml'), limit: 50, runDir: colour });
  const pixels = Buffer.from(Uint8Array.from({ length: 3072 }, (_, i) => (i * 89) % 256));
  const covered = Buffer.from(pixels);
  for (let y = 28; y < 32; y++) covered.fill(128, 96 * y + 84, 96 * (y + 1));
  const files = ['whole.png', 'covered.png'].map((name) => join(folder, name));
  for (const [i, bytes] of [pixels, covered].entries())
    await sharp(bytes, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(files[i]!);
  const found = await occlude(colour, files[0]!, { ...CPU, size: 4, class: '2' });
  assert.equal(found.fill, [128, 128, 128]);
  assert.equal(
    [...found.picture.pixels].filter((_, i) => i % 4 < 3),
    [...pixels],
  );
  const { images } = await predictImages({ run: colour, images: files, top: 10, ...CPU }, () => {});
  const [free, last] = images.map(
    ({ predictions }) => predictions.find(({ class: number }) => number === 2)!.probability,
  );
  assert.ok(Math.abs(found.probability - free!) < 1e-5);
  assert.ok(Math.abs(found.map.at(-1)!.at(-1)! - last!) < 1e-5, `${found.map.at(-1)!.at(-1)} and ${last}`);
  assert.ok(Math.abs(free! - last!) > 1e-4);
});

test('without a class it is the one that the picture is taken for; a pixel has the mean of the squares on it', async () => {
  const found = await occlude(run, image, { ...CPU, size: 14 });
  const { images } = await predictImages({ run, images: [image], ...CPU }, () => {});
  assert.is(found.class, images[0]!.predictions[0]!.class);
  const drops = dropsOf(found);
  // The corner is covered by one square, the middle by all of 15 by 15 but those that do not reach it.
  assert.ok(Math.abs(drops[0]! - (found.probability - found.map[0]![0]!)) < 1e-6);
  const over = found.map.slice(0, 14).flatMap((row) => row.slice(0, 14));
  const mean = over.reduce((sum, value) => sum + found.probability - value, 0) / over.length;
  assert.ok(Math.abs(drops[13 * 28 + 13]! - mean) < 1e-5);
});

test('every form, and what there cannot be', async () => {
  const picture = occlusionPicture(await occlude(run, image, { ...CPU, size: 20 }));
  const png = sharp(await renderPng(await picture.svg(), 1));
  const { width, height } = await png.metadata();
  assert.ok(width! > 2 * 280 && height! > 280, `${width}x${height}`);
  for (const line of picture.terminal(plainDrawing(60)).split('\n')) assert.ok(line.length <= 60, line);
  const flags = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];
  const cases: readonly [readonly string[], string][] = [
    [['--size', '29'], '2 --size 29: pictures of run have 28x28 pixels, so a square of at most 28 fits.'],
    [
      ['--class', '10'],
      '2 --class 10: there is no such class. There are 0, 1, 2, 3, 4, 5, 6, 7, 8 and 9, numbers 0 to 9.',
    ],
    [['--top', '3'], '2 --top goes with visualize responses, not with occlusion.'],
  ];
  for (const [args, sentence] of cases)
    assert.is(await refusal(folder, ['visualize', 'occlusion', run, image, ...args, ...flags]), sentence);
});

test.run();
