import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.js';
import { goal } from '../../src/cli/goal.js';
import { loadDataset, memorySplit } from '../../src/data/index.js';
import type { Dataset } from '../../src/data/sets/dataset.js';
import { createOnnxEngine } from '../../src/engines/onnx/index.js';
import { buildGraph } from '../../src/models/build.js';
import { initialWeights } from '../../src/models/graph/initial-weights.js';
import { loadModel } from '../../src/models/zoo.js';
import { Predictions } from '../../src/runs/predictions.js';
import { openRun } from '../../src/runs/run-reader.js';
import { asTrained } from '../../src/training/evaluation/class-names.js';
import { type EvaluationRequest, evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import {
  evaluationOf,
  predict,
  wilsonInterval,
  worstImages,
} from '../../src/training/evaluation/evaluation.js';
import { MINIMUM_METRICS, shortfalls } from '../../src/training/evaluation/minimums.js';
import { cnnzoo, plainEnv, program } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { TINY, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

/** An IDX file (magic number, extents, bytes), gzipped. */
function writeIdx(path: string, extents: readonly number[], bytes: Uint8Array): void {
  const head = Buffer.alloc(4 + 4 * extents.length);
  head.writeUInt32BE(0x800 + extents.length);
  extents.forEach((extent, i) => {
    head.writeUInt32BE(extent, 4 + 4 * i);
  });
  writeFileSync(path, gzipSync(Buffer.concat([head, bytes])));
}

/** A folder with a few of the generated digits as IDX files. */
async function smallDigits(name: string, train: number, test: number): Promise<string> {
  const dir = join(folder, name);
  mkdirSync(dir);
  const form = { name: 'digits', explicit: true, shape: [28, 28, 1], classes: 10, notify: () => {} } as const;
  const digits = await loadDataset(form);
  for (const [split, prefix, count] of [
    [digits.train, 'train', train],
    [digits.test, 't10k', test],
  ] as const) {
    const pixels = new Uint8Array(count * 784);
    await split.read(
      Uint32Array.from({ length: count }, (_, i) => i),
      pixels,
    );
    writeIdx(join(dir, `${prefix}-images-idx3-ubyte.gz`), [count, 28, 28], pixels);
    writeIdx(
      join(dir, `${prefix}-labels-idx1-ubyte.gz`),
      [count],
      Uint8Array.from(split.labels.subarray(0, count)),
    );
  }
  return dir;
}

let run: string;

test('evaluating a run gives the very figures that it ended with', async () => {
  const data = await smallDigits('small', 300, 103);
  const model = writeModel(folder, TINY.replace('dataset: digits', `dataset: ${data}`));
  const trained = await trainHere({ model, validationSplit: 0.2, runDir: join(folder, 'run') });
  run = trained.dir;
  const { info } = openRun(run);
  const { evaluation, dataset, weights } = await evaluate({});
  assert.is(dataset, 'small');
  assert.is(weights, `best, of epoch ${info.bestEpoch}`);
  assert.equal(info.test, { images: 103, loss: evaluation.loss, accuracy: evaluation.accuracy });
  const validation = (await evaluate({ split: 'validation' })).evaluation;
  const best = info.history[info.bestEpoch! - 1]!;
  assert.equal(
    [validation.images, validation.loss, validation.accuracy],
    [60, best.validationLoss, best.validationAccuracy],
  );
  assert.is((await evaluate({ split: 'train' })).evaluation.images, 240);
});

function evaluate(request: Partial<EvaluationRequest>, notices: string[] = []) {
  return evaluateRun({ run, split: 'test', ...CPU, ...request }, (notice) => {
    if (notice.kind !== 'progress') notices.push(notice.message);
  });
}

test('no image is dropped, whatever the batch size', async () => {
  const whole = (await evaluate({})).evaluation;
  for (const batchSize of [1, 7, 103, 500]) {
    const { evaluation } = await evaluate({ batchSize });
    assert.is(evaluation.images, 103);
    assert.equal(evaluation.confusion, whole.confusion, String(batchSize));
    assert.ok(Math.abs(evaluation.loss - whole.loss) < 1e-6);
  }
});

test('the figures are those of a count by hand', async () => {
  const dense = TINY.replace(/layers:.*dropout: 0.2/s, 'layers:\n  - flatten');
  const graph = buildGraph(loadModel(writeModel(folder, dense, 'dense.yaml')));
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize: 4 });
    await program.load(initialWeights(graph, 3));
    const random = randomStream(2, 'pixels');
    const pixels = Uint8Array.from({ length: 6 * 784 }, () => random.below(256) * random.below(2));
    const split = memorySplit(pixels, Int32Array.of(0, 1, 2, 3, 4, 5), 784);
    const sizes: number[] = [];
    let last: Predictions | undefined;
    for await (last of predict(program, graph, split)) sizes.push(last.done);
    assert.equal(sizes, [4, 6]);
    const { probabilities } = await program.run({
      pixels: pixels.slice(0, 4 * 784),
      labels: Int32Array.of(0, 1, 2, 3),
      count: 4,
      masks: new Map(),
    });
    for (let i = 0; i < 4; i++) {
      const row = [...probabilities.subarray(10 * i, 10 * i + 10)];
      assert.is(last!.predicted[i], row.indexOf(Math.max(...row)));
      assert.is(last!.ranks[i], row.filter((p) => p > row[i]!).length);
      assert.ok(Math.abs(last!.losses[i]! + Math.log(row[i]!)) < 1e-5);
    }
  } finally {
    await engine.dispose();
  }
});

/** Predictions of three classes: [label, probabilities, loss] an image. */
function predictions(...images: [number, number[], number][]): Predictions {
  const all = new Predictions(
    Int32Array.from(images, ([label]) => label),
    3,
  );
  for (const [, row, loss] of images) {
    all.add({ probabilities: Float32Array.from(row), losses: Float32Array.of(loss) }, 1);
  }
  return all;
}

const some = predictions(
  [0, [0.75, 0.125, 0.125], 0.25],
  [0, [0.25, 0.5, 0.25], 1.5],
  [1, [0.125, 0.75, 0.125], 0.5],
  [1, [0.375, 0.375, 0.25], 1],
);

test('per-class figures follow from the confusion matrix; what has no divisor is null', () => {
  const { confusion, perClass, accuracy, loss, top5Accuracy, images } = evaluationOf(some, ['a', 'b', 'c']);
  assert.equal(confusion, [
    [1, 1, 0],
    [1, 1, 0],
    [0, 0, 0],
  ]);
  assert.equal([images, accuracy, loss, top5Accuracy], [4, 0.5, 0.8125, 1]);
  assert.equal(perClass, [
    { label: 'a', precision: 0.5, recall: 0.5, f1: 0.5, support: 2 },
    { label: 'b', precision: 0.5, recall: 0.5, f1: 0.5, support: 2 },
    { label: 'c', precision: null, recall: null, f1: null, support: 0 },
  ]);
});

test('numbers that are none are never counted as right', () => {
  const broken = predictions([0, [Number.NaN, Number.NaN, Number.NaN], Number.NaN], [1, [0, 1, 0], 0]);
  const { accuracy, loss } = evaluationOf(broken, ['a', 'b', 'c']);
  assert.is(accuracy, 0.5);
  assert.ok(Number.isNaN(loss));
  assert.is(worstImages(broken, ['a', 'b', 'c'], 1)[0]!.index, 0);
});

test('the worst images come first', () => {
  assert.equal(worstImages(some, ['a', 'b', 'c'], 2), [
    { index: 1, image: '1', label: 'a', predicted: 'b', probability: 0.5, loss: 1.5 },
    { index: 3, image: '3', label: 'b', predicted: 'a', probability: 0.375, loss: 1 },
  ]);
});

test("Wilson's interval has the values of the literature", () => {
  // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const cases: [number, number, number, number][] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [hits, count, low, high] of cases) {
    const interval = wilsonInterval(hits, count).map((bound) => Number(bound.toFixed(4)));
    assert.equal(interval, [low, high]);
  }
  assert.is(wilsonInterval(20, 20)[1], 1);
});

test('minimums are read, and what falls short is named', () => {
  const evaluation = evaluationOf(some, ['a', 'b', 'c']);
  const readMinimum = (text: string) => goal(MINIMUM_METRICS).parse(text, '--min');
  const short = (...texts: string[]) => shortfalls(evaluation, texts.map(readMinimum));
  assert.equal(short('accuracy=0.5', 'top5Accuracy=1', 'f1=0.5'), []);
  assert.equal(short('accuracy=0.51', 'recall=0.9'), [
    'The accuracy is only 0.5, but --min accuracy=0.51 was asked for.',
    'The recall of class a is only 0.5, but --min recall=0.9 was asked for.',
  ]);
  const refusal = (text: string): string => {
    try {
      readMinimum(text);
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  };
  assert.is(refusal('acuracy=1'), '--min acuracy=1: there is no metric "acuracy". Did you mean "accuracy"?');
  assert.is(
    refusal('speed=1'),
    '--min speed=1: there is no metric "speed". There are accuracy, top5Accuracy, precision, recall and f1.',
  );
  for (const text of ['accuracy', 'accuracy=', 'accuracy=98', 'accuracy=0.9=1', 'accuracy=high']) {
    assert.is(refusal(text), `--min ${text}: a value from 0 to 1 was expected, such as accuracy=0.98.`);
  }
});

test('other images than those of the training are told of, unless they were asked for', async () => {
  const notices: string[] = [];
  await evaluate({}, notices);
  assert.equal(notices, []);
  const before = openRun(run).info.dataset.identity;
  const other = join(folder, 'other');
  mkdirSync(other);
  const same = await smallDigits(join('other', 'small'), 20, 20);
  await evaluate({ dataset: same }, notices);
  assert.is(notices.length, 1);
  assert.ok(
    notices[0]!.startsWith(`small from ${same} is not what ${run} was trained on: it is sha256:`),
    notices[0],
  );
  assert.ok(notices[0]!.endsWith(`that was ${before}.`));
  const { dataset } = await evaluate({ dataset: 'digits', batchSize: 1000 }, notices);
  assert.equal([dataset, notices.length], ['digits', 1]);
});

test('classes of other images are told by their names', async () => {
  const split = memorySplit(Uint8Array.of(10, 11, 12), Int32Array.of(0, 1, 0), 1);
  const data = (...classes: string[]): Dataset => ({
    name: 'pets',
    shape: [1, 1, 1],
    classes,
    identity: '',
    origin: '',
    train: split,
    test: split,
  });
  const notices: string[] = [];
  const look = (classes: string[], trained: string[]) =>
    asTrained(data(...classes), trained, 'runs/pets', (notice) =>
      notices.push((notice as { message: string }).message),
    );
  assert.equal([...look(['cat', 'dog'], ['cat', 'dog']).test.labels], [0, 1, 0]);
  const turned = look(['cat', 'dog'], ['dog', 'cat']);
  assert.equal(
    [[...turned.test.labels], turned.classes],
    [
      [1, 0, 1],
      ['dog', 'cat'],
    ],
  );
  const pixels = new Uint8Array(1);
  await turned.test.read(Uint32Array.of(1), pixels);
  assert.is(pixels[0], 11);
  assert.equal(notices, []);
  assert.throws(
    () => look(['dog', 'zebra'], ['cat', 'dog']),
    'runs/pets has learned cat, dog, but pets has zebra too: rename its classes, or name other data with --dataset.',
  );
  assert.equal([...look(['a', 'b'], ['cat', 'dog']).test.labels], [0, 1, 0]);
  assert.equal(notices, [
    'runs/pets has learned cat, dog, but pets has a, b: they are compared by number, the first with the first.',
  ]);
  // A class that the data lacks is named; names are the same in either of the forms of Unicode.
  notices.length = 0;
  const fewer = look(['cafe\u0301', 'dog'], ['bird', 'caf\u00e9', 'dog']);
  assert.equal([[...fewer.test.labels], fewer.classes.length], [[1, 2, 1], 3]);
  assert.equal(notices, ['pets has no images of the class bird: the figures say nothing of it.']);
});

test('a run without validation images has none to evaluate on', async () => {
  const { dir } = await trainHere({
    model: writeModel(folder, TINY, 'plain.yaml'),
    limit: 30,
    epochs: 1,
    runDir: join(folder, 'plain'),
  });
  const message = await evaluate({ run: dir, split: 'validation' }).catch((error: Error) => error.message);
  assert.is(
    message,
    `${dir} kept no images aside for validation: evaluate it with --split test or --split train.`,
  );
});

test('after training on a part of the images it says where it looks at other test images than training did', async () => {
  const data = join(folder, 'small');
  const { dir } = await trainHere({
    model: writeModel(folder, TINY.replace('dataset: digits', `dataset: ${data}`), 'part.yaml'),
    limit: 50,
    epochs: 1,
    runDir: join(folder, 'part'),
  });
  const { code, stdout, stderr } = await cnnzoo(folder, ['evaluate', 'part', '--json']);
  assert.equal([code, JSON.parse(stdout).images], [0, 103]);
  assert.is(
    stderr,
    'notice: part was trained with --limit 50, so its own test figures are of 50 test images of small; these are of all 103.\n',
  );
  const notices: string[] = [];
  // As many as in training, images of another split, and other data are what was asked for.
  await evaluate({ run: dir, limit: 50 }, notices);
  await evaluate({ run: dir, split: 'train' }, notices);
  await evaluate({ run: dir, dataset: 'digits', limit: 60 }, notices);
  assert.equal(notices, []);
  const file = join(dir, 'run.json');
  const info = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...info, dataset: { ...info.dataset, testImages: 3000 } }));
  await evaluate({ run: dir }, notices);
  assert.match(notices.join(), 'are of 3,000 test images of small; these are of all 103.');
});

test('the command: JSON as promised, minimums, tables and rows', async () => {
  const args = ['evaluate', 'run', '--engine', 'onnx', '--device', 'cpu', '--threads', '1'];
  const json = await cnnzoo(folder, [...args, '--json', '--min', 'accuracy=0.999', '--worst', '3']);
  assert.is(json.code, 3);
  assert.match(
    json.stderr,
    /^(The accuracy is only 0\.\d+, but --min accuracy=0\.999 was asked for\.)\n\{"error":\{"message":"\1","place":null,"code":"shortfall"\}\}\n$/,
  );
  const result = JSON.parse(json.stdout) as Record<string, unknown[]>;
  assert.equal(Object.keys(result), [
    'run',
    'model',
    'dataset',
    'split',
    'images',
    'loss',
    'accuracy',
    'top5Accuracy',
    'perClass',
    'confusion',
    'gap',
    'dtype',
    'int8',
    'worst',
  ]);
  assert.equal(
    [result.run, result.model, result.dataset, result.split, result.images],
    ['run', 'tiny', 'small', 'test', 103],
  );
  assert.equal(Object.keys(result.perClass![0]!), ['label', 'precision', 'recall', 'f1', 'support']);
  assert.is(
    (result.confusion as number[][]).flat().reduce((a, b) => a + b),
    103,
  );
  assert.is(result.worst!.length, 3);
  assert.equal([result.dtype, result.int8], ['float32', null]);

  const table = await cnnzoo(folder, [...args, '--min', 'accuracy=0.01']);
  assert.is(table.code, 0, table.stderr);
  assert.match(
    table.stdout,
    /^tiny on small: 103 test images, weights best, of epoch \d \(run\)\n\naccuracy {2}\d/,
  );
  assert.match(
    table.stdout,
    /\nConfusion \(a row a true class, a column a predicted one\)\n {2} +0 +1 +2 +3 +4 +5 +6 +7 +8 +9\n0 /,
  );

  const all = await cnnzoo(folder, [...args, '--split', 'all']);
  assert.match(all.stdout, /^tiny on small: [\d,]+ images of all parts, weights best/);

  const csv = await cnnzoo(folder, [...args, '--format', 'csv']);
  const lines = csv.stdout.trimEnd().split('\n');
  assert.equal([lines[0], lines.length], ['label,precision,recall,f1,support', 11]);

  const wrong = await cnnzoo(folder, ['evaluate', 'rum']);
  assert.equal(
    [wrong.code, wrong.stdout, wrong.stderr],
    [2, '', 'There is no run folder rum. Did you mean run?\n'],
  );
});

const offlineHome = join(folder, 'offline-home');

/** Runs the program where no network is and no data set: Linux lets root, or a user where it may, leave the network. */
function offline(args: readonly string[]) {
  return spawnSync('unshare', ['--net', '--map-root-user', process.execPath, program(), ...args], {
    cwd: offlineHome,
    encoding: 'utf8',
    env: plainEnv({ HOME: offlineHome, XDG_CACHE_HOME: join(offlineHome, 'cache'), CNNZOO_DATA: undefined }),
  });
}

const canLeave = spawnSync('unshare', ['--net', '--map-root-user', 'true']).status === 0;
if (!canLeave) console.log('skipped: this process may not leave the network (unshare --net)');

/** As the zoo's MNIST networks: `digits` stands in where MNIST is not to be had. */
const WITH_STAND_IN = `title: Stands in
input: [28, 28, 1]
classes: 10
dataset: mnist
standIn: digits
layers:
  - flatten
  - dense: { units: classes, activation: softmax }
training: { epochs: 1, batchSize: 20, optimizer: { name: sgd, learningRate: 0.1 } }
`;

if (canLeave)
  test('a training goes on with the stand-in and says so, an evaluation of a model does not', async () => {
    mkdirSync(offlineHome, { recursive: true });
    const model = writeModel(offlineHome, WITH_STAND_IN, 'model.yaml');
    const { dir } = await trainHere({
      model,
      dataset: 'digits',
      limit: 100,
      runDir: join(offlineHome, 'run'),
    });
    copyFileSync(join(dir, 'weights.safetensors'), join(offlineHome, 'weights.safetensors'));
    const trained = offline(['train', 'model.yaml', '--limit', '100', '--run-dir', 'offline']);
    assert.is(trained.status, 0, trained.stderr);
    assert.match(trained.stderr, /digits/);
    const info = () => JSON.parse(readFileSync(join(offlineHome, 'offline/run.json'), 'utf8'));
    assert.equal([info().dataset.name, info().dataset.standsInFor], ['digits', 'mnist']);
    const resumed = offline(['train', '--resume', 'offline', '--epochs', '2']);
    assert.is(resumed.status, 0, resumed.stderr);
    assert.equal([info().epoch, info().dataset.standsInFor], [2, 'mnist']);
    // Asked for by its name, it stands in for nothing.
    const own = JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8'));
    assert.is(own.dataset.standsInFor, undefined);
    const evaluated = offline(['evaluate', 'model.yaml', '--weights', 'weights.safetensors', '--json']);
    assert.is(evaluated.status, 1);
    assert.is(evaluated.stdout, '');
    assert.match(evaluated.stderr, /mnist/);
  });

test.run();
