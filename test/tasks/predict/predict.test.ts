import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WorkError } from '../../../src/base/errors.js';
import { loadDataset } from '../../../src/data/index.js';
import { isLightGround } from '../../../src/data/pictures/ground.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { renderPrediction } from '../../../src/report/results/prediction.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { writeSafetensors } from '../../../src/runs/safetensors.js';
import { type PredictRequest, predictImages } from '../../../src/tasks/predict/predict.js';
import { textWidth } from '../../../src/terminal/text.js';
import { evaluateRun } from '../../../src/training/evaluation/evaluate-run.js';
import { openRunNetwork } from '../../../src/training/evaluation/network.js';
import { runShell } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { plainStyle } from '../../support/screens/style.js';
import { trainHere, writeModel } from '../../support/training.js';

const COUNT = 40;
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const folder = temporaryFolder();
const paths = Array.from({ length: COUNT }, (_, i) => join(folder, `digit-${i}.png`));
const inverted = join(folder, 'dark-on-light.png');
let run: string;
let pixels: Uint8Array;

/** A grey picture of the bytes of a 28x28 image. */
const picture = (pixels: Uint8Array) => sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } });

test.before(async () => {
  run = (await trainHere({ model: writeModel(folder), limit: 400, runDir: join(folder, 'run') })).dir;
  const form = { name: 'digits', explicit: true, shape: [28, 28, 1], classes: 10, notify: () => {} } as const;
  const { test: digits } = await loadDataset(form);
  pixels = new Uint8Array(COUNT * 784);
  await digits.read(
    Uint32Array.from({ length: COUNT }, (_, i) => i),
    pixels,
  );
  for (const [i, path] of paths.entries()) await picture(pixels.slice(784 * i, 784 * (i + 1))).toFile(path);
  await picture(pixels.slice(0, 784).map((value) => 255 - value)).toFile(inverted);
});

async function predict(request: Partial<PredictRequest>) {
  const notices: string[] = [];
  const result = await predictImages({ run, images: paths, ...CPU, ...request }, (notice) => {
    if (notice.kind !== 'progress') notices.push(notice.message);
  });
  return { ...result, notices };
}

test('pictures say what the bytes say that the network is evaluated on', async () => {
  const { images, problems, notices } = await predict({ top: 2 });
  assert.equal([images.length, problems, notices], [COUNT, [], []]);
  const { graph, weights } = await openRunNetwork(openRun(run));
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  const program = await engine.inferenceProgram(graph, { batchSize: COUNT });
  await program.load(weights);
  const batch = { pixels, labels: new Int32Array(COUNT), count: COUNT, masks: new Map() };
  const { probabilities } = await program.run(batch).finally(() => program.dispose());
  images.forEach(({ image, predictions: [first, second] }, i) => {
    const row = [...probabilities.subarray(10 * i, 10 * i + 10)];
    assert.is(image, paths[i]);
    assert.is(first!.class, row.indexOf(Math.max(...row)));
    assert.ok(Math.abs(first!.probability - Math.max(...row)) < 1e-6);
    assert.ok(Math.abs(second!.probability - row.toSorted((a, b) => b - a)[1]!) < 1e-6);
  });
  // The images differ, and so does what is said of them.
  assert.ok(new Set(images.map(({ predictions: [first] }) => first!.class)).size > 1);
});

test('all classes come where more are asked for than there are, and sum up to 1', async () => {
  const { images } = await predict({ images: [paths[3]!], top: 99 });
  const { predictions } = images[0]!;
  assert.equal(
    predictions.map((guess) => guess.class).sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.ok(Math.abs(predictions.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5);
});

test('a digit that is dark on light is told of, and --invert mends it', async () => {
  const plain = await predict({ images: [inverted] });
  assert.equal(plain.notices, [
    `${inverted} shows something on a light ground, where digits has it light on black: try --invert.`,
  ]);
  const mended = await predict({ images: [inverted], invert: true });
  const original = await predict({ images: [paths[0]!] });
  assert.equal(mended.notices, []);
  assert.equal(mended.images[0]!.predictions, original.images[0]!.predictions);
  const wrong = await predict({ images: paths.slice(0, 5), invert: true });
  assert.match(
    wrong.notices[0]!,
    /^Inverted, .*digit-0.png, .*digit-1.png, .*digit-2.png and 2 more show something/,
  );
});

test('the ground is that of the edge, whatever is in the middle', () => {
  const image = new Uint8Array(25).fill(255);
  for (const at of [6, 7, 8, 11, 12, 13, 16, 17, 18]) image[at] = 0;
  assert.is(isLightGround(image, [5, 5, 1]), true);
  assert.is(
    isLightGround(
      image.map((value) => 255 - value),
      [5, 5, 1],
    ),
    false,
  );
});

const SAMPLE = {
  run: 'runs/a',
  model: 'm',
  images: [
    {
      image: 'a|b.png',
      predictions: [
        { label: 'Ankle boot', class: 9, probability: 0.75 },
        { label: 'Bag', class: 8, probability: 0.25 },
      ],
    },
    { image: '-', predictions: [{ label: 'Bag', class: 8, probability: 1 }] },
  ],
};

test('every format says the same; lines fit the terminal', () => {
  assert.is(
    renderPrediction(SAMPLE, 'table', plainStyle(40)),
    'a|b.png\n  Ankle boot   75.00 %  ━━━━━━━━━━━━────\n  Bag          25.00 %  ━━━━────────────\n\n' +
      'standard input\n  Bag  100.00 %  ━━━━━━━━━━━━━━━━━━━━━━━\n',
  );
  for (const width of [20, 30, 60, 200]) {
    for (const line of renderPrediction(SAMPLE, 'table', plainStyle(width)).split('\n'))
      assert.ok(textWidth(line) <= width, `${width}: ${line}`);
  }
  assert.is(
    renderPrediction(SAMPLE, 'csv', plainStyle()),
    'image,rank,label,class,probability\na|b.png,1,Ankle boot,9,0.75\na|b.png,2,Bag,8,0.25\n-,1,Bag,8,1\n',
  );
  assert.match(
    renderPrediction(SAMPLE, 'markdown', plainStyle()),
    /\| a\\\|b.png \| +1 \| Ankle boot \| +9 \| +75.00 % \|/,
  );
  assert.equal(JSON.parse(renderPrediction(SAMPLE, 'json', plainStyle())), SAMPLE);
});

test('a table of pixels stands for all its rows, and a row is an image', async () => {
  const table = join(folder, 'test.csv');
  const heading = Array.from({ length: 784 }, (_, i) => `pixel${i}`).join(',');
  const rows = paths.slice(0, 3).map((_, i) => pixels.subarray(784 * i, 784 * (i + 1)).join(','));
  writeFileSync(table, `${[heading, ...rows].join('\n')}\n`);
  const fromTable = await predict({ images: [table, `${table}:1`] });
  const fromPictures = await predict({ images: [...paths.slice(0, 3), paths[1]!] });
  assert.equal(
    fromTable.images.map(({ image }) => image),
    [`${table}:0`, `${table}:1`, `${table}:2`, `${table}:1`],
  );
  assert.equal(
    fromTable.images.map(({ predictions }) => predictions),
    fromPictures.images.map(({ predictions }) => predictions),
  );
  assert.equal((await predict({ images: [`${table}:3`] })).problems, [
    `There is no image ${table}:3: ${table} has 3 images, ${table}:0 to 2.`,
  ]);
});

test('a pipe or a device is refused and not waited for', async () => {
  if (process.platform === 'win32') return;
  for (const name of ['pipe.png', 'pipe.csv']) {
    const pipe = join(folder, name);
    execFileSync('mkfifo', [pipe]);
    const { images, problems } = await predict({ images: [pipe, '/dev/zero'] });
    assert.equal(
      [images, problems],
      [
        [],
        [pipe, '/dev/zero'].map(
          (path) =>
            `${path} is a pipe or a device and no file; a picture from a pipe is given as - (standard input).`,
        ),
      ],
    );
  }
});

test('a name that is not UTF-8 is said to be so, and nothing that looks the same is suggested', async () => {
  const name = join(folder, 'caf\ufffd.png');
  const bytes = Buffer.concat([Buffer.from(join(folder, 'caf')), Buffer.from([0xe9]), Buffer.from('.png')]);
  try {
    writeFileSync(bytes, readFileSync(paths[0]!));
  } catch {
    return; // File systems that take UTF-8 alone.
  }
  const refusal = (images: readonly string[]) =>
    predict({ images }).then(
      ({ problems }) => problems,
      (error: WorkError) => error.sentences,
    );
  assert.is(
    (await refusal([name, join(folder, 'cafe\u0301.png')]))[0],
    `${name} cannot be read: a name in its path is not UTF-8 (\ufffd stands for what is not); rename it.`,
  );
  // An accent that is written apart looks like the letter with it.
  writeFileSync(join(folder, 'na\u00efve.png'), readFileSync(paths[0]!));
  const [apart] = await refusal([join(folder, 'nai\u0308ve.png')]);
  assert.ok(apart === undefined || apart.endsWith('does not exist.'), apart);
});

test('the command: good images are answered, bad ones named, and the exit code says so', () => {
  writeFileSync(join(folder, 'text.png'), 'no picture');
  const cpu = '--engine onnx --device cpu --threads 1';
  const some = runShell(
    `cnnzoo predict ${run} ${paths[0]} ${folder}/text.png ${folder}/digit-0.pgn ${folder} --json ${cpu}`,
  );
  assert.is(some.code, 1);
  const sentences = [
    `${folder}/text.png is no JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.`,
    `${folder}/digit-0.pgn does not exist. Did you mean ${folder}/digit-0.png?`,
    `${folder} is a folder: name the pictures in it, such as ${folder}/*.png.`,
  ];
  const error = JSON.stringify({ error: { message: sentences.join('\n'), place: null, code: 'failed' } });
  assert.equal(some.stderr.split('\n'), [...sentences, error, '']);
  const { images } = JSON.parse(some.stdout) as { images: { image: string; predictions: object[] }[] };
  assert.equal([images.length, images[0]!.image, images[0]!.predictions.length], [1, paths[0], 5]);
  assert.equal(Object.keys(images[0]!.predictions[0]!), ['label', 'class', 'probability']);
  const piped = runShell(`cnnzoo predict ${run} - ${cpu} < ${paths[0]}`);
  assert.equal([piped.code, piped.stderr], [0, '']);
  assert.match(piped.stdout, /^standard input\n {2}\d +\d+\.\d\d % {2}━/);
  assert.is(runShell(`cnnzoo predict ${run} - < /dev/null`).stderr, 'Standard input is empty.\n');
  assert.is(runShell(`cnnzoo predict ${run} - -`).stderr, 'Standard input holds one image: give "-" once.\n');
});

test('an image for which the network gives no finite numbers is named, and evaluations say how many there are', async () => {
  const { weights } = await openRunNetwork(openRun(run));
  const [first] = [...weights.keys()].filter((name) => name.endsWith('kernel'));
  const huge = new Map(weights).set(first!, {
    shape: weights.get(first!)!.shape,
    data: weights.get(first!)!.data.map(() => 3e38),
  });
  const file = join(folder, 'huge.safetensors');
  const handle = await open(file, 'w');
  await writeSafetensors(handle, huge);
  await handle.close();
  const request = { weights: file, images: paths.slice(0, 2) };
  const { images, problems } = await predict(request);
  assert.equal(images, []);
  const why = 'gives values that are no finite numbers: these weights are of no use for it.';
  assert.equal(
    problems.map((problem) => problem.slice(-why.length)),
    [why, why],
  );
  const notices: string[] = [];
  const options = { run, weights: file, split: 'test', limit: 50, ...CPU } as const;
  await evaluateRun(options, (notice) => {
    if (notice.kind === 'warning') notices.push(notice.message);
  });
  assert.match(notices.join(), /no finite numbers for 50 of 50 images: these count as wrong/);
});

test.run();
