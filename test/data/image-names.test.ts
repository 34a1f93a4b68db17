import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkError } from '../../src/base/errors.js';
import { csvField, csvRows } from '../../src/base/text/csv.js';
import { parseImageName, shownImageName } from '../../src/data/image-names.js';
import { limitSplit, loadDataset } from '../../src/data/index.js';
import { concatenated } from '../../src/data/sets/splits.js';
import { readPredictions } from '../../src/runs/predictions-file.js';
import { openRun } from '../../src/runs/run-reader.js';
import { predictImages } from '../../src/tasks/predict/predict.js';
import { convolvePictures } from '../../src/tasks/visualize/convolve/convolve.js';
import { asTrained } from '../../src/training/evaluation/class-names.js';
import { evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { worstImages } from '../../src/training/evaluation/evaluation.js';
import { cnnzoo } from '../support/cli.js';
import { plain } from '../support/files/pictures.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const FLAGS = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];
const folder = temporaryFolder();
const quiet = () => {};
let run: string;

/** Two classes of pictures of one colour each, in a folder with a comma in its name. */
async function writePictures(): Promise<string> {
  const pictures = join(folder, 'pictures, small');
  for (const [label, red] of [
    ['dark', 20],
    ['light', 200],
  ] as const)
    for (const part of ['train', 'test'])
      for (let i = 0; i < 6; i++) {
        mkdirSync(join(pictures, part, label), { recursive: true });
        await plain([red + i, 9 * i, 90]).toFile(join(pictures, part, label, `${i}.png`));
      }
  return pictures;
}

test.before(async () => {
  const model = writeModel(folder);
  run = (await trainHere({ model, limit: 300, validationSplit: 0.2, runDir: join(folder, 'run') })).dir;
});

test('the worst images are named so that predict takes the names', async () => {
  const { predictions, classes } = await evaluateRun({ run, split: 'test', limit: 300, ...CPU }, quiet);
  const worst = worstImages(predictions, classes, 3);
  assert.equal(
    worst.map(({ image }) => image),
    worst.map(({ index }) => `digits:test:${index}`),
  );
  const images = worst.map(({ image }) => image);
  const { images: answers, problems } = await predictImages({ run, images, top: 10, ...CPU }, quiet);
  assert.equal(problems, []);
  worst.forEach(({ image, label, predicted, probability, loss }, i) => {
    const { image: named, predictions: guesses } = answers[i]!;
    assert.is(named, image);
    assert.is(guesses[0]!.label, predicted);
    assert.ok(Math.abs(guesses[0]!.probability - probability) < 1e-5);
    const right = guesses.find((guess) => guess.label === label)!;
    assert.ok(Math.abs(loss + Math.log(right.probability)) < 1e-3);
  });
});

test('validation images have the names that they have in the data set', async () => {
  const { predictions, classes } = await evaluateRun({ run, split: 'validation', ...CPU }, quiet);
  assert.is(predictions.done, 60);
  const digits = await loadDataset({
    name: 'digits',
    explicit: true,
    shape: [28, 28, 1],
    classes: 10,
    notify: quiet,
  });
  for (const { image, label } of worstImages(predictions, classes, 60)) {
    const { part, index } = parseImageName(image)!;
    assert.is(part, 'train');
    assert.is(classes[digits.train.labels[index]!], label);
  }
});

test('images keep their names where parts are joined and where classes are numbered otherwise', async () => {
  const request = { name: 'digits', explicit: true, shape: [28, 28, 1], classes: 10, notify: quiet } as const;
  const digits = await loadDataset(request);
  const first = limitSplit(digits.train, 3);
  const joined = concatenated([first, limitSplit(digits.test, 2)], 784);
  assert.equal(
    [0, 2, 3, 4].map((index) => joined.nameOf!(index)),
    ['digits:train:0', 'digits:train:2', 'digits:test:0', 'digits:test:1'],
  );
  const turned = asTrained(digits, [...digits.classes].reverse(), 'the run', quiet);
  assert.is(turned.test.labels[7], 9 - digits.test.labels[7]!);
  assert.is(turned.test.nameOf!(7), 'digits:test:7');
});

test('predictions.csv names images, and files of older versions are read as before', () => {
  const path = join(run, 'predictions.csv');
  const text = readFileSync(path, 'utf8');
  assert.match(text, /^image,label,predicted,probability,loss\ndigits:test:0,\d,\d,0\.\d+,\d/);
  const { info } = openRun(run);
  const now = readPredictions(run, info)!;
  const old = join(folder, 'old');
  // Older versions noted no checksum of the file.
  const oldInfo = { ...info, predictionsSha256: null };
  cpSync(run, old, { recursive: true });
  writeFileSync(join(old, 'predictions.csv'), text.replaceAll('digits:test:', ''));
  assert.equal(readPredictions(old, oldInfo), now);
  writeFileSync(join(old, 'predictions.csv'), text.replaceAll('digits:test:', '').replace('\n5,', '\n301,'));
  assert.throws(() => readPredictions(old, oldInfo), /a line of it is no image with its classes/);
});

test('pictures are named by their paths, which predict takes from everywhere', async () => {
  const pictures = await writePictures();
  const config = TINY.replace('28, 28, 1', '28, 28, 3')
    .replace('classes: 10', 'classes: 2')
    .replace('dataset: digits', `dataset: ${JSON.stringify(pictures)}`);
  const model = writeModel(folder, config, 'pictures.yaml');
  const { dir, error } = await trainHere({ model, batchSize: 4, runDir: join(folder, 'coloured') });
  assert.is(error, undefined);
  const [, ...rows] = csvRows(readFileSync(join(dir, 'predictions.csv'), 'utf8'))!;
  assert.is(rows.length, 12);
  for (const [image, label] of rows) {
    assert.ok(existsSync(image!), image);
    assert.is(Number(label), image!.includes('/dark/') ? 0 : 1);
  }
  assert.is(readPredictions(dir, openRun(dir).info)!.labels.length, 12);
  const args = ['evaluate', 'coloured', '--worst', '2', ...FLAGS];
  const json = JSON.parse((await cnnzoo(folder, [...args, '--json'])).stdout) as {
    worst: { image: string; predicted: string; probability: number }[];
  };
  const [worst] = json.worst;
  assert.ok(existsSync(worst!.image));
  const answer = await predictImages({ run: dir, images: [worst!.image], ...CPU }, quiet);
  assert.is(answer.images[0]!.predictions[0]!.label, worst!.predicted);
  assert.ok(Math.abs(answer.images[0]!.predictions[0]!.probability - worst!.probability) < 1e-5);
  // By number it is the same picture.
  const image = `${pictures}:test:0`;
  const byNumber = await predictImages({ run: dir, images: [image, rows[0]![0]!], ...CPU }, quiet);
  assert.equal(byNumber.problems, []);
  assert.equal(byNumber.images[0]!.predictions, byNumber.images[1]!.predictions);
  // People see the path from where they are.
  const table = (await cnnzoo(folder, args)).stdout;
  assert.match(table, `\npictures, small/test/`);
});

test('an image of another size is scaled and cropped as a picture is', async () => {
  const { images, problems } = await predictImages({ run, images: ['shapes:test:3'], ...CPU }, quiet);
  assert.equal([problems, images.length], [[], 1]);
  const [maps] = (await convolvePictures(['digits:test:3'], {})).pictures;
  assert.equal([maps!.height, maps!.width], [28, 28]);
  const { test: digits } = await loadDataset({
    name: 'digits',
    explicit: true,
    shape: [28, 28, 1],
    classes: 10,
    notify: quiet,
  });
  const pixels = new Uint8Array(784);
  await digits.read(Uint32Array.of(3), pixels);
  const file = join(folder, 'three.png');
  await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } }).toFile(file);
  assert.equal(maps!.maps, (await convolvePictures([file], {})).pictures[0]!.maps);
});

test('names that are none say what is wrong, and a file of the name comes first', async () => {
  const problem = async (image: string) => {
    try {
      return (await predictImages({ run, images: [image], ...CPU }, quiet)).problems.join();
    } catch (error) {
      // Where none of the images is there.
      assert.instance(error, WorkError);
      return (error as WorkError).message;
    }
  };
  assert.is(
    await problem('digits:test:10000'),
    'There is no image digits:test:10000: digits has 10,000 test images, digits:test:0 to 9999.',
  );
  assert.is(
    await problem('digits:tset:7'),
    'There is no image digits:tset:7: digits has the parts train and test, as in digits:test:0.',
  );
  assert.match(await problem('digts:test:7'), /^There is no data set "digts"\. Did you mean "digits"\?/);
  assert.is(
    await problem('digits:7'),
    'digits:7 does not exist. An image of digits is named by its part and number, such as digits:test:0.',
  );
  const file = join(folder, 'digits:test:7');
  await plain([1, 2, 3]).png().toFile(file);
  assert.is(await problem(file), '');
});

test('datasets show shows the images that were asked for', async () => {
  const args = ['datasets', 'show', 'digits', '--split', 'test', '--index', '1790,3'];
  const json = JSON.parse((await cnnzoo(folder, [...args, '--json'])).stdout) as { shown: object[] };
  const { test: digits } = await loadDataset({
    name: 'digits',
    explicit: true,
    shape: [28, 28, 1],
    classes: 10,
    notify: quiet,
  });
  const expected = [1790, 3].map((index) => ({
    index,
    image: `digits:test:${index}`,
    label: String(digits.labels[index]),
  }));
  assert.equal(json.shown, expected);
  const text = (await cnnzoo(folder, args)).stdout;
  assert.match(text, `digits:test:1790: ${expected[0]!.label}\ndigits:test:3: ${expected[1]!.label}\n`);
  const beyond = await cnnzoo(folder, ['datasets', 'show', 'digits', '--index', '60000']);
  assert.equal(
    [beyond.code, beyond.stderr],
    [2, 'digits has 60,000 train images, 0 to 59999: --index 60000 is none.\n'],
  );
  const wrong = await cnnzoo(folder, ['datasets', 'show', 'digits', '--index', '1.5']);
  assert.is(wrong.stderr, '--index must be an image\'s number in the split, from 0 on, got "1.5".\n');
});

test('names for people are as short as can be pasted back', () => {
  const here = process.cwd();
  assert.is(shownImageName('mnist:test:3'), 'mnist:test:3');
  assert.is(shownImageName(join(here, 'a/b.png')), 'a/b.png');
  assert.is(shownImageName(join(here, 'mnist:test:3')), './mnist:test:3');
  assert.is(shownImageName(join(here, 'data/small:test:3')), 'data/small:test:3');
  const far = join(folder, 'x.png');
  assert.ok([far, relative(here, far)].includes(shownImageName(far)));
});

test('fields of CSV files come back as they were', () => {
  const rows = [
    ['a', 'b,c', 'd "e"', ''],
    ['f\ng', '', '1', '\r'],
  ];
  const text = rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
  assert.equal(csvRows(text), rows);
  assert.is(csvRows(text.slice(0, -1)), undefined);
  assert.is(csvRows(text.slice(0, text.indexOf('e"') + 1)), undefined);
  assert.equal(csvRows(''), []);
});

test.run();
