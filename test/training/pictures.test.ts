import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError, WorkError } from '../../src/base/errors.js';
import { openRun } from '../../src/runs/run-reader.js';
import { type EvaluationRequest, evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { planTraining } from '../../src/training/plan.js';
import { openTraining } from '../../src/training/session.js';
import { readTarget } from '../../src/training/settings/targets.js';
import { damaged, pixels } from '../support/files/pictures.js';
import { thrown } from '../support/files/small-data.js';
import { temporaryFolder, writeTree } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(
  folder,
  `title: Two classes
input: [8, 8, 3]
classes: 2
dataset: digits
layers:
  - flatten
  - dense: { units: classes, activation: softmax }
training:
  epochs: 2
  batchSize: 4
  optimizer: { name: sgd, learningRate: 0.01 }
`,
);
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

/** Noisy pictures of 24x24, dark for class a and bright for b, whose files have a middle to be damaged in. */
async function noisy(path: string, count: number, bright: boolean): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  let state = path.length * 7919 + [...path].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  for (let i = 0; i < count; i++) {
    const values = Array.from({ length: 24 * 24 * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 25) + (bright ? 128 : 0);
    });
    files[`${path}/${i}.png`] = await pixels(values, 24, 24).png().toBuffer();
  }
  return files;
}

async function parts(name: string, counts: Readonly<Record<string, number>>): Promise<string> {
  const root = join(folder, name);
  for (const [part, count] of Object.entries(counts))
    writeTree(root, {
      ...(await noisy(`${part}/a`, count, false)),
      ...(await noisy(`${part}/b`, count, true)),
    });
  return root;
}

function damage(path: string): void {
  writeFileSync(path, damaged(readFileSync(path)));
}

async function evaluated(run: string, wish: Partial<EvaluationRequest> = {}) {
  const said: string[] = [];
  const result = await evaluateRun({ run, split: 'test', ...CPU, ...wish }, (notice) => {
    if (notice.kind !== 'progress') said.push(notice.message);
  });
  return { ...result, said };
}

test('val is validated on without a validation split; evaluate takes each part, or all', async () => {
  const dataset = await parts('whole', { train: 10, val: 3, test: 2 });
  const { dir } = await trainHere({ model, dataset, runDir: join(folder, 'run') });
  const { info } = openRun(dir);
  const { trainImages, validationImages, testImages } = info.dataset;
  assert.equal([trainImages, validationImages, testImages], [20, 6, 4]);
  assert.ok(info.history.every(({ validationLoss }) => validationLoss !== null));
  const best = info.history[info.bestEpoch! - 1]!;
  const { evaluation } = await evaluated(dir, { split: 'validation' });
  assert.equal([evaluation.images, evaluation.loss], [6, best.validationLoss]);
  for (const [split, images] of [
    ['train', 20],
    ['test', 4],
    ['all', 30],
  ] as const)
    assert.is((await evaluated(dir, { split })).evaluation.images, images);
  const plan = await planTraining({
    model,
    dataset,
    validationSplit: 0.2,
    runDir: join(folder, 'both'),
    ...CPU,
  });
  const said: string[] = [];
  const notify = (notice: { readonly kind: string; readonly message?: string }) =>
    void said.push(notice.message ?? '');
  const session = await openTraining(plan, { notify, stopRequest: () => undefined });
  await session.close();
  assert.equal([session.data.train.count, session.data.validation!.count], [20, 6]);
  assert.ok(
    said.includes(
      'whole has a validation part of its own, of 6 images, which is used; the validation split of 0.2 takes none of ' +
        'its training images.',
    ),
  );
});

test('early stopping and --until take validation images of a folder, and miss them where there are none', async () => {
  const dataset = join(folder, 'whole');
  const wish = { model, earlyStopping: 1, until: [readTarget('validationAccuracy=0.1')] };
  const { dir, error } = await trainHere({ ...wish, dataset, runDir: join(folder, 'until') });
  assert.is(error, undefined);
  assert.is(openRun(dir).info.epoch, 1);
  const without = await parts('no-val', { train: 4, test: 2 });
  for (const flags of [{ earlyStopping: 1 }, { until: [readTarget('validationLoss=0.1')] }]) {
    const failed = await thrown(
      trainHere({ model, ...flags, dataset: without, runDir: join(folder, 'none') }),
    );
    assert.instance(failed, UsageError);
    assert.match(failed.message, 'add --validation-split 0.1.');
  }
});

test('pictures damaged in their middle are counted nowhere, and a run goes on bit for bit without them', async () => {
  const dataset = await parts('hurt', { train: 10, val: 3, test: 4 });
  for (const path of ['train/a/3.png', 'val/b/1.png', 'test/a/0.png', 'test/a/1.png', 'test/a/2.png'])
    damage(join(dataset, path));
  const { dir } = await trainHere({ model, dataset, runDir: join(folder, 'hurt-run') });
  const { trainImages, validationImages, testImages } = openRun(dir).info.dataset;
  assert.equal([trainImages, validationImages, testImages], [19, 5, 5]);
  assert.is(openRun(dir).info.test!.images, 5);
  assert.is(readFileSync(join(dir, 'predictions.csv'), 'utf8').trim().split('\n').length, 1 + 5);
  const { evaluation, said } = await evaluated(dir);
  assert.equal(
    evaluation.confusion.map((row) => row.reduce((a, b) => a + b)),
    [1, 4],
  );
  assert.match(
    said[0]!,
    /^3 of 34 pictures in .* cannot be used and are left out: test\/a\/0\.png is cut short/,
  );
  const strict = await thrown(evaluated(dir, { strict: true }));
  assert.match(strict.message, 'test/a/0.png is cut short or damaged');
  let polls = 0;
  const stop = () => (++polls >= 3 ? 'now' : undefined);
  const first = await trainHere({ model, dataset, runDir: join(folder, 'stopped') }, stop);
  await trainHere({ resume: first.dir });
  for (const file of ['weights.safetensors', 'predictions.csv'])
    assert.ok(readFileSync(join(first.dir, file)).equals(readFileSync(join(dir, file))), file);
});

test('a run that is resumed when pictures have been damaged says so and does not mix them up', async () => {
  const dataset = await parts('later', { train: 6, test: 2 });
  // Large, so that its digest does not see its middle.
  let state = 1;
  const values = Array.from({ length: 200 * 200 * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  writeTree(dataset, { 'train/a/large.png': await pixels(values, 200, 200).png().toBuffer() });
  let polls = 0;
  const stop = () => (++polls >= 2 ? 'now' : undefined);
  const { dir } = await trainHere({ model, dataset, runDir: join(folder, 'later-run') }, stop);
  damage(join(dataset, 'train/a/large.png'));
  const error = await thrown(trainHere({ resume: dir }));
  assert.instance(error, WorkError);
  assert.match(error.message, 'was begun with 13, 0, 4 images for training, validation and testing');
  assert.match(error.message, 'now there are 12, 0, 4.');
});

test('a folder with a test part alone is evaluated by the names of its classes, and cannot be trained on', async () => {
  const dataset = await parts('alone', { test: 3 });
  rmSync(join(dataset, 'test/a'), { recursive: true });
  const { evaluation, classes, said } = await evaluated(join(folder, 'run'), { dataset });
  assert.equal(classes, ['a', 'b']);
  assert.equal(
    evaluation.perClass.map(({ support }) => support),
    [0, 3],
  );
  assert.equal(said, ['alone has no images of the class a: the figures say nothing of it.']);
  const none = await thrown(evaluated(join(folder, 'run'), { dataset, split: 'train' }));
  assert.is(none.message, `alone from ${dataset} has no train images: take another --split.`);
  const whole = await parts('alone-both', { Test: 3 });
  const failed = await thrown(trainHere({ model, dataset: whole, runDir: join(folder, 'no') }));
  assert.is(
    failed.message,
    `alone-both has no training images, only others to evaluate on: put some into ${whole}/train/CLASS.`,
  );
});

test.run();
