import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tensors } from '../../src/base/tensor.js';
import { readCheckpoint, readWeights } from '../../src/runs/checkpoint.js';
import type { EndEvent, EpochEvent, StopRequest } from '../../src/runs/events.js';
import { openRun } from '../../src/runs/run-reader.js';
import { temporaryFolder } from '../support/folders.js';
import { metricsOf, timeless, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
// 208 training images in 21 batches, the last of 8; 52 for validation; three epochs.
const request = { model, limit: 260, validationSplit: 0.2, epochs: 3 };

async function assertSameRun(dir: string, expected: string): Promise<void> {
  const [actual, wanted] = [dir, expected].map((run) => readCheckpoint(join(run, 'checkpoint.safetensors')));
  const [a, b] = [await actual!, await wanted!];
  assertSameBits(a.state.weights, b.state.weights);
  assertSameBits(a.state.slots, b.state.slots);
  assert.is(a.state.step, b.state.step);
  assert.equal(a.progress.history.map(timeless), b.progress.history.map(timeless));
  assert.equal(metricsOf(dir), metricsOf(expected));
  assertSameBits(
    (await readWeights(join(dir, 'weights.safetensors'))).weights,
    (await readWeights(join(expected, 'weights.safetensors'))).weights,
  );
  const [runA, runB] = [openRun(dir), openRun(expected)];
  assert.equal(runA.info.test, runB.info.test);
  assert.is(runA.info.bestEpoch, runB.info.bestEpoch);
}

function assertSameBits(a: Tensors, b: Tensors): void {
  assert.equal([...a.keys()], [...b.keys()]);
  assert.ok(a.size > 0);
  for (const [name, { data }] of a) {
    assert.equal(Buffer.from(data.buffer), Buffer.from(b.get(name)!.data.buffer), name);
  }
}

/** The user wants to stop when the trainer asks for the `count`th time. */
function stopAtPoll(count: number): () => StopRequest | undefined {
  let polls = 0;
  return () => (++polls >= count ? 'now' : undefined);
}

let whole: string;

test('a run tells what happens, in order, and fills its folder', async () => {
  const { events, dir, error } = await trainHere({ ...request, runDir: join(folder, 'whole') });
  whole = dir;
  assert.is(error, undefined);
  const kinds = events.map(({ event }) => event).filter((kind) => kind !== 'step');
  assert.equal(kinds, ['start', 'saved', 'epoch', 'saved', 'epoch', 'saved', 'epoch', 'end']);
  const start = events[0]!;
  assert.ok(start.event === 'start');
  assert.is(start.model, 'tiny');
  assert.is(start.dataset, 'digits');
  assert.equal([start.trainImages, start.validationImages, start.testImages], [208, 52, 260]);
  assert.is(start.stepsPerEpoch, 21);
  assert.is(start.resumedEpoch, null);
  const end = events.at(-1) as EndEvent;
  assert.is(end.reason, 'completed');
  assert.is(end.epochs, 3);
  assert.ok(end.testAccuracy! > 0.1 && end.testLoss! > 0);
  for (const file of [
    'config.yaml',
    'run.json',
    'metrics.jsonl',
    'weights.safetensors',
    'checkpoint.safetensors',
  ]) {
    assert.ok(existsSync(join(dir, file)), file);
  }
});

test('losses and accuracies are means over the images, the short last batch at its weight', () => {
  const lines = metricsOf(whole) as { event: string; epoch: number; loss: number; accuracy: number }[];
  const steps = lines.filter(({ event, epoch }) => event === 'step' && epoch === 1);
  const epoch = lines.find((line) => line.event === 'epoch')!;
  assert.is(steps.length, 21);
  const mean = (key: 'loss' | 'accuracy') =>
    steps.reduce((sum, line, i) => sum + line[key] * (i === 20 ? 8 : 10), 0) / 208;
  assert.ok(Math.abs(mean('loss') - epoch.loss) < 1e-9);
  assert.ok(Math.abs(mean('accuracy') - epoch.accuracy) < 1e-9);
});

test('the same seed gives the same bits', async () => {
  const { dir } = await trainHere({ ...request, runDir: join(folder, 'again') });
  await assertSameRun(dir, whole);
});

test('a run stopped in the middle of an epoch goes on as if it never had been', async () => {
  const first = await trainHere({ ...request, runDir: join(folder, 'stopped') }, stopAtPoll(2));
  const end = first.events.at(-1) as EndEvent;
  assert.is(end.reason, 'interrupted');
  assert.is(end.testAccuracy, null);
  const { info } = openRun(first.dir);
  assert.equal([info.status, info.epoch, info.step], ['interrupted', 0, 16]);
  assert.is((await readWeights(join(first.dir, 'weights.safetensors'))).kind, 'last');
  const { events } = await trainHere({ resume: first.dir });
  assert.is((events.at(-1) as EndEvent).reason, 'completed');
  assert.ok((events.at(-1) as EndEvent).seconds > end.seconds);
  await assertSameRun(first.dir, whole);
});

test('so does one that is stopped again and again: while it trains, validates and tests', async () => {
  const places: string[] = [];
  let run = await trainHere({ ...request, runDir: join(folder, 'often') }, stopAtPoll(1));
  for (const polls of [2, 4, 9, 10, 20, Number.POSITIVE_INFINITY]) {
    assert.is((run.events.at(-1) as EndEvent).reason, 'interrupted');
    const { epoch, step } = openRun(run.dir).info;
    places.push(epoch === 3 ? 'test' : step === 21 ? `validation ${epoch + 1}` : `${epoch + 1}/${step}`);
    run = await trainHere({ resume: run.dir }, stopAtPoll(polls));
  }
  assert.equal(places, ['1/0', '1/16', 'validation 1', '2/16', '3/16', 'test']);
  await assertSameRun(run.dir, whole);
});

test('so does one whose batches are computed in parts', async () => {
  const inParts = { ...request, microBatches: 4 };
  const expected = await trainHere({ ...inParts, runDir: join(folder, 'parts') });
  const first = await trainHere({ ...inParts, runDir: join(folder, 'parts-stopped') }, stopAtPoll(2));
  assert.is((first.events.at(-1) as EndEvent).reason, 'interrupted');
  await trainHere({ resume: first.dir });
  await assertSameRun(first.dir, expected.dir);
  const losses = ({ dir }: { dir: string }) => openRun(dir).info.test!.loss;
  assert.ok(Math.abs(losses(expected) - openRun(whole).info.test!.loss) < 1e-4);
});

test('"after this epoch" ends with a test and can be resumed', async () => {
  const { events, dir } = await trainHere({ ...request, runDir: join(folder, 'after') }, () => 'after-epoch');
  const end = events.at(-1) as EndEvent;
  assert.equal([end.reason, end.epochs], ['stopped', 1]);
  assert.type(end.testAccuracy, 'number');
  assert.is(openRun(dir).info.status, 'stopped');
  await trainHere({ resume: dir });
  await assertSameRun(dir, whole);
});

test('more epochs may be added to a complete run', async () => {
  const { dir } = await trainHere({ ...request, epochs: 1, runDir: join(folder, 'longer') });
  const { events } = await trainHere({ resume: dir, epochs: 3 });
  const start = events[0]!;
  assert.is(start.event === 'start' && start.resumedEpoch, 1);
  await assertSameRun(dir, whole);
  assert.is(openRun(dir).spec.config.training.epochs, 3);
});

test('the weights kept are those of the epoch with the lowest validation loss, and they are tested', async () => {
  // From the third epoch on steps are so large that the network gets worse.
  const rate = (update: number) => (update < 42 ? 0.05 : 3);
  const wanted = { ...request, epochs: 4, set: ['training.optimizer.momentum=0'] };
  const { dir, events } = await trainHere({ ...wanted, runDir: join(folder, 'best') }, undefined, rate);
  const epochs = events.filter((event): event is EpochEvent => event.event === 'epoch');
  const losses = epochs.map(({ validationLoss }) => validationLoss!);
  const best = 1 + losses.indexOf(Math.min(...losses));
  assert.ok(best < 4, `validation losses ${losses.join(', ')}`);
  const saved = await readWeights(join(dir, 'weights.safetensors'));
  assert.equal([saved.kind, saved.epoch], ['best', best]);
  const { info } = openRun(dir);
  assert.equal([info.bestEpoch, info.weights], [best, 'best']);
  const shorter = await trainHere({ ...wanted, epochs: best, runDir: join(folder, 'short') });
  assert.equal(openRun(shorter.dir).info.test, info.test);
});

test('early stopping ends a run that gets no better, and resuming it is refused', async () => {
  const wanted = { ...request, epochs: 20, earlyStopping: 2 };
  const rate = (update: number) => (update < 42 ? 0.05 : 3);
  const { dir, events } = await trainHere({ ...wanted, runDir: join(folder, 'early') }, undefined, rate);
  const end = events.at(-1) as EndEvent;
  const { info } = openRun(dir);
  assert.equal([end.reason, end.epochs], ['early-stopping', info.bestEpoch! + 2]);
  assert.is(info.status, 'completed');
  const message = await trainHere({ resume: dir }).catch((error: Error) => error.message);
  assert.is(
    message,
    `--resume ${dir}: the run is complete: early stopping ended it after ${end.epochs} epochs. A new run with more patience: --early-stopping 4`,
  );
});

test('a loss that is no longer a number stops training and keeps the last good checkpoint', async () => {
  const rate = (update: number) => (update < 21 ? 0.05 : 1e30);
  const { dir, events, error } = await trainHere(
    { ...request, runDir: join(folder, 'nan') },
    undefined,
    rate,
  );
  const end = events.at(-1) as EndEvent;
  assert.equal([end.event, end.reason, end.testLoss], ['end', 'diverged', null]);
  const message = (error as Error).message
    .replace(/became \S+ /, 'became NaN ')
    .replace(/step \d+/, 'step 2');
  assert.is(
    message,
    `The loss became NaN (epoch 2, step 2), so training stopped; the last good checkpoint (the end of epoch 1) is kept in ${dir}. ` +
      'Train again with a lower learning rate, such as --learning-rate 0.005.',
  );
  const { info } = openRun(dir);
  assert.equal([info.status, info.epoch, info.step], ['diverged', 1, 0]);
  const { state } = await readCheckpoint(join(dir, 'checkpoint.safetensors'));
  for (const { data } of state.weights.values()) assert.ok(data.every(Number.isFinite));
});

test('weights that are no longer numbers are never saved, even where the loss still is one', async () => {
  const stop = stopAtPoll(2);
  // The last update before the stop ruins the weights; the loss of that step was taken before.
  const rate = (update: number) => (update < 15 ? 0.05 : 1e39);
  const { dir, error } = await trainHere({ ...request, runDir: join(folder, 'ruin') }, stop, rate);
  assert.match(
    (error as Error).message,
    /^The weight \S+ became (NaN|-?Infinity) \(epoch 1, step 16\), so training stopped; there was no checkpoint yet\./,
  );
  assert.not(existsSync(join(dir, 'checkpoint.safetensors')));
});

test('step events come at most ten times a second and carry an estimate', async () => {
  const { events } = await trainHere({ ...request, epochs: 1, runDir: join(folder, 'steps') });
  const steps = events.filter((event) => event.event === 'step');
  assert.ok(steps.length >= 1 && steps.length < 10);
  const [first] = steps;
  assert.ok(first!.event === 'step' && first!.phase === 'training');
  assert.equal([first!.epoch, first!.step, first!.stepsPerEpoch, first!.learningRate], [1, 16, 21, 0.05]);
  assert.ok(first!.imagesPerSecond > 0 && Number.isFinite(first!.runEtaSeconds));
});

test('config.yaml is a model by itself that trains to the same weights', async () => {
  const config = join(whole, 'config.yaml');
  assert.match(readFileSync(config, 'utf8'), /^# tiny as trained by cnnzoo /);
  const { dir } = await trainHere({ model: config, limit: 260, runDir: join(folder, 'config') });
  await assertSameRun(dir, whole);
});

test.run();
