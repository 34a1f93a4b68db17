import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndEvent, StopRequest, TrainingEvent } from '../../src/runs/events.js';
import { openRun } from '../../src/runs/run-reader.js';
import { readTarget, requireTargetImages, standingOf } from '../../src/training/settings/targets.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { metricsOf, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
const request = { model, limit: 200, validationSplit: 0.2, epochs: 4 };

const endOf = (events: readonly TrainingEvent[]): EndEvent => events.at(-1) as EndEvent;
const notices = (events: readonly TrainingEvent[]): string[] =>
  events.flatMap((event) => (event.event === 'notice' ? [event.message] : []));

test('training stops at the end of the epoch that reaches every target', async () => {
  const whole = await trainHere({ ...request, runDir: join(folder, 'whole') });
  const losses = openRun(whole.dir).info.history.map(({ loss }) => loss);
  assert.ok(losses[2]! < losses[1]! && losses[1]! < losses[0]!, `losses ${losses.join(', ')}`);
  const until = [`loss=${losses[1]}`, 'accuracy=0'];
  const { events, dir } = await trainHere({
    ...request,
    until: until.map(readTarget),
    runDir: join(folder, 'loss'),
  });
  const end = endOf(events);
  assert.equal([end.reason, end.epochs], ['target-reached', 2]);
  assert.type(end.testAccuracy, 'number');
  assert.is(notices(events).length, 2);
  assert.match(notices(events)[1]!, /^After epoch 2: loss \d\.\d+ of \d\.\d+, accuracy 0\.\d+ of 0\.$/);
  const { info } = openRun(dir);
  assert.equal([info.status, info.until], ['completed', until]);
  const firstTwo = metricsOf(whole.dir).filter((line) => (line as { epoch: number }).epoch <= 2);
  assert.equal(metricsOf(dir), firstTwo);
});

test('the test images are looked at after each epoch where a target asks for it, and once only', async () => {
  const { events } = await trainHere({
    ...request,
    until: [readTarget('testAccuracy=1')],
    runDir: join(folder, 'never'),
  });
  const end = endOf(events);
  assert.equal([end.reason, end.epochs], ['completed', 4]);
  assert.is(notices(events).length, 4);
  const least = Math.floor(end.testAccuracy! * 1e4) / 1e4;
  const second = await trainHere({
    ...request,
    until: [readTarget(`testAccuracy=${least}`)],
    runDir: join(folder, 'test'),
  });
  const reached = endOf(second.events);
  assert.is(reached.reason, 'target-reached');
  assert.ok(reached.testAccuracy! >= least);
  assert.is(openRun(second.dir).info.test!.accuracy, reached.testAccuracy);
});

test('a run interrupted while a target is looked at goes on as if it never had been', async () => {
  const until = [readTarget('testLoss=1000')];
  const whole = await trainHere({ ...request, until, runDir: join(folder, 'at-once') });
  assert.is(endOf(whole.events).epochs, 1);
  const dir = join(folder, 'halted');
  let run: Awaited<ReturnType<typeof trainHere>> | undefined;
  // Interrupted at every place where the trainer asks, in turn, until it gets through.
  for (let polls = 1; run === undefined || endOf(run.events).reason === 'interrupted'; polls += 7) {
    const stop = pollStopper(polls);
    run = await trainHere(run === undefined ? { ...request, until, runDir: dir } : { resume: dir }, stop);
  }
  assert.equal([endOf(run.events).reason, endOf(run.events).epochs], ['target-reached', 1]);
  assert.equal(metricsOf(dir), metricsOf(whole.dir));
  assert.equal(openRun(dir).info.test, openRun(whole.dir).info.test);
  const again = await trainHere({ resume: dir }).catch((error: Error) => error);
  assert.ok(again instanceof Error);
  assert.is(
    again.message,
    `--resume ${dir}: the run is complete: it reached testLoss=1000 after epoch 1. To train it further, ask for more by --until, such as testLoss=500.`,
  );
  const further = await trainHere({ resume: dir, until: [readTarget('testAccuracy=1')] });
  assert.equal([endOf(further.events).reason, endOf(further.events).epochs], ['completed', 4]);
});

function pollStopper(count: number): () => StopRequest | undefined {
  let polls = 0;
  return () => (++polls >= count ? 'now' : undefined);
}

test('what cannot be a target is named as it was typed', () => {
  const message = (text: string, mayValidate = true): string => {
    try {
      requireTargetImages([readTarget(text)], mayValidate);
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  assert.is(
    message('testacuracy=0.99'),
    '--until testacuracy=0.99: there is no metric "testacuracy". Did you mean "testAccuracy"?',
  );
  assert.is(
    message('testAccuracy=99'),
    '--until testAccuracy=99: a value from 0 to 1 was expected, such as testAccuracy=0.98.',
  );
  assert.is(message('loss=low'), '--until loss=low: a value of at least 0 was expected, such as loss=0.05.');
  assert.is(
    message('validationLoss=0.1', false),
    '--until validationLoss=0.1 looks at validation images, but none are kept aside: add --validation-split 0.1.',
  );
  assert.is(message('loss=2.5'), 'none');
});

test('a figure that is not known does not count as reached', () => {
  const record = {
    epoch: 1,
    loss: 0.5,
    accuracy: 0.9,
    validationLoss: null,
    validationAccuracy: null,
    testLoss: null,
    testAccuracy: null,
    seconds: 1,
    imagesPerSecond: 1,
  };
  const targets = ['testAccuracy=0', 'loss=0.5'].map(readTarget);
  assert.equal(standingOf(targets, record, null), {
    reached: false,
    text: 'testAccuracy unknown of 0, loss 0.5 of 0.5',
  });
  assert.is(standingOf([], record, null).reached, false);
});

test('the command line says how the targets stand, and in JSON why it ended', async () => {
  const args = ['train', model, '--engine', 'onnx', '--device', 'cpu', '--threads', '1', '--limit', '60'];
  const { code, stdout, stderr } = await cnnzoo(folder, [...args, '--until', 'testAccuracy=0', '--json']);
  assert.is(code, 0, stderr);
  const end = JSON.parse(stdout.trim().split('\n').at(-1)!) as EndEvent;
  assert.equal([end.reason, end.epochs], ['target-reached', 1]);
  assert.match(stderr, /After epoch 1: testAccuracy 0\.\d+ of 0\./);
});

test.run();
