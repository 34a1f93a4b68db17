import '../support/flags.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TrainingEvent } from '../../src/runs/events.js';
import { textWidth } from '../../src/terminal/text.js';
import { createTheme } from '../../src/terminal/theme.js';
import { jsonLine } from '../../src/ui/lines/json-lines.js';
import { epochLine } from '../../src/ui/lines/log-lines.js';
import { PlainLines } from '../../src/ui/lines/plain-lines.js';
import { keepQuiet } from '../../src/ui/lines/quiet.js';
import { createTrainingRenderer, type TrainingRendererOptions } from '../../src/ui/renderer.js';
import { endEvent, epochEvent, startEvent, stepEvent } from '../support/screens/ui-events.js';

const theme = createTheme(0, true);

class Sink {
  text = '';
  isTTY: boolean | undefined;
  columns: number | undefined;

  write(text: string, done?: () => void): boolean {
    this.text += text;
    if (done !== undefined) setImmediate(done);
    return true;
  }
}

async function run(format: TrainingRendererOptions['format'], events: readonly TrainingEvent[]) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const renderer = await createTrainingRenderer({
    format,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env: { LANG: 'C.UTF-8' },
    requestStop: () => {},
  });
  for (const event of events) renderer.handle(event);
  await renderer.close();
  return { stdout: stdout.text, stderr: stderr.text };
}

const EVENTS: readonly TrainingEvent[] = [
  { event: 'notice', level: 'notice', message: 'MNIST cannot be had: training on digits' },
  startEvent({ epochs: 2 }),
  stepEvent(),
  epochEvent(),
  { event: 'saved', run: 'runs/mnist-basic-1', epoch: 1, step: 0 },
  { event: 'notice', level: 'warning', message: 'the disk is nearly full' },
  epochEvent({ epoch: 2, validationLoss: null, validationAccuracy: null }),
  endEvent({ epochs: 2 }),
];

test('quiet: warnings alone, and the result all the same', async () => {
  const loud = await run('table', EVENTS);
  keepQuiet(true);
  try {
    const { stdout, stderr } = await run('table', EVENTS);
    assert.is(stderr, 'warning: the disk is nearly full\n');
    assert.is(stdout, loud.stdout);
    assert.is((await run('json', EVENTS)).stderr, 'warning: the disk is nearly full\n');
  } finally {
    keepQuiet(false);
  }
});

test('without a terminal: plain lines on standard error, the result on standard output', async () => {
  const { stdout, stderr } = await run('table', EVENTS);
  assert.is(
    stderr,
    `notice: MNIST cannot be had: training on digits
training Keras MNIST convnet · mnist-basic
digits, 54,000 images · onnx on cpu · 2 threads, AMD EPYC
1,199,882 parameters · RMSprop · batch size 64 · seed 1 · runs/mnist-basic-1
2 epochs of 844 batches
epoch 1/2  loss 0.2310  accuracy 92.95 %  validation loss 0.0601  validation accuracy 98.11 %    12s   5,012 images/s
warning: the disk is nearly full
epoch 2/2  loss 0.2310  accuracy 92.95 %    12s   5,012 images/s
done: 2 epochs in 2m 28s, test accuracy 99.15 %, test loss 0.0271
`,
  );
  assert.is(
    stdout,
    `test accuracy  99.15 % of 10,000 images
test loss      0.0271
trained        2 epochs in 2m 28s
run folder     runs/mnist-basic-1
next           cnnzoo evaluate runs/mnist-basic-1
`,
  );
});

test('JSON: three kinds of lines on standard output', async () => {
  const { stdout, stderr } = await run('json', EVENTS);
  assert.is(
    stdout,
    `{"event":"start","model":"mnist-basic","dataset":"digits","engine":"onnx","device":"cpu","params":1199882,"epochs":2,"batchSize":64,"seed":1,"run":"runs/mnist-basic-1","config":${JSON.stringify(startEvent().config)}}
{"event":"epoch","epoch":1,"loss":0.2310123,"accuracy":0.92951,"validationLoss":0.0601,"validationAccuracy":0.9811,"testLoss":null,"testAccuracy":null,"seconds":12.3,"imagesPerSecond":5012.4,"run":"runs/mnist-basic-1"}
{"event":"epoch","epoch":2,"loss":0.2310123,"accuracy":0.92951,"validationLoss":null,"validationAccuracy":null,"testLoss":null,"testAccuracy":null,"seconds":12.3,"imagesPerSecond":5012.4,"run":"runs/mnist-basic-1"}
{"event":"end","run":"runs/mnist-basic-1","epochs":2,"testLoss":0.0271,"testAccuracy":0.9915,"seconds":148,"reason":"completed"}
`,
  );
  assert.ok(stderr.startsWith('notice: MNIST cannot be had'));
});

test('JSON has no word for what is not a number', () => {
  assert.is(
    jsonLine(epochEvent({ loss: Number.NaN, accuracy: 0.1, validationLoss: Number.POSITIVE_INFINITY })),
    '{"event":"epoch","epoch":1,"loss":null,"accuracy":0.1,"validationLoss":null,"validationAccuracy":0.9811,"testLoss":null,"testAccuracy":null,"seconds":12.3,"imagesPerSecond":5012.4,"run":"runs/mnist-basic-1"}',
  );
  assert.is(jsonLine(stepEvent()), undefined);
});

test('CSV and markdown: the result as one row', async () => {
  assert.is(
    (await run('csv', EVENTS)).stdout,
    'run,epochs,testLoss,testAccuracy,seconds,reason\nruns/mnist-basic-1,2,0.0271,0.9915,148,completed\n',
  );
  assert.is(
    (await run('markdown', EVENTS)).stdout,
    `| run | epochs | testLoss | testAccuracy | seconds | reason |
| --- | --- | --- | --- | --- | --- |
| runs/mnist-basic-1 | 2 | 0.0271 | 0.9915 | 148 | completed |
`,
  );
});

test('a run that was broken off says how to go on', async () => {
  const end = endEvent({
    run: "runs/it's here",
    epochs: 1,
    testLoss: null,
    testAccuracy: null,
    reason: 'interrupted',
  });
  const events = [startEvent(), epochEvent(), end];
  assert.is(
    (await run('table', events)).stdout,
    `trained        1 epoch in 2m 28s (interrupted; everything so far is saved)
run folder     runs/it's here
next           cnnzoo train mnist-basic --resume 'runs/it'\\''s here'
               cnnzoo evaluate 'runs/it'\\''s here'
`,
  );
  assert.ok(
    (
      await run('json', events)
    ).stderr.endsWith(`ended: 1 epoch in 2m 28s (interrupted; everything so far is saved)
go on with: cnnzoo train mnist-basic --resume 'runs/it'\\''s here'
`),
  );
});

test('a run that diverged, or failed, has no result', async () => {
  assert.is(
    (await run('table', [startEvent(), endEvent({ reason: 'diverged', testLoss: null, testAccuracy: null })]))
      .stdout,
    '',
  );
  assert.is((await run('table', [startEvent(), epochEvent()])).stdout, '');
  assert.is((await run('table', [])).stdout, '');
});

test('a long epoch tells of itself now and then', () => {
  const stderr = new Sink();
  let time = 0;
  const lines = new PlainLines({ stderr, theme, showEnd: true, now: () => time });
  lines.handle(startEvent({ resumedEpoch: 1 }));
  stderr.text = '';
  for (let step = 1; step <= 844; step++) {
    time += 60;
    lines.handle(stepEvent({ epoch: 2, step, epochEtaSeconds: (844 - step) * 0.06, runEtaSeconds: 500 }));
  }
  time += 15_000;
  lines.handle(stepEvent({ epoch: 2, step: 60, stepsPerEpoch: 94, phase: 'validation' }));
  assert.is(
    stderr.text,
    `epoch  2/12   19 %  loss 2.3000  accuracy 10.00 %  5,012 images/s  41s to the end of the epoch  8m 20s in all
epoch  2/12   39 %  loss 2.3000  accuracy 10.00 %  5,012 images/s  31s to the end of the epoch  8m 20s in all
epoch  2/12   59 %  loss 2.3000  accuracy 10.00 %  5,012 images/s  21s to the end of the epoch  8m 20s in all
epoch  2/12   79 %  loss 2.3000  accuracy 10.00 %  5,012 images/s  11s to the end of the epoch  8m 20s in all
epoch  2/12   98 %  loss 2.3000  accuracy 10.00 %  5,012 images/s  1s to the end of the epoch  8m 20s in all
epoch  2/12  validation 63 %
`,
  );
});

test('an epoch of an hour tells of itself once a minute', () => {
  const stderr = new Sink();
  let time = 0;
  const lines = new PlainLines({ stderr, theme, showEnd: true, now: () => time });
  for (let step = 1; step <= 3600; step++) {
    time += 1000;
    lines.handle(stepEvent({ step, stepsPerEpoch: 3600, epochEtaSeconds: 3600 - step }));
  }
  assert.is(stderr.text.trimEnd().split('\n').length, 60);
});

test('a wish to stop is answered, once', () => {
  const stderr = new Sink();
  const lines = new PlainLines({ stderr, theme, showEnd: true });
  lines.stopping('after-epoch');
  lines.stopping('after-epoch');
  lines.stopping('now');
  lines.stopping('after-epoch');
  lines.handle({ event: 'saved', run: 'runs/a', epoch: 1, step: 7 });
  assert.is(
    stderr.text,
    'stopping after this epoch\nstopping and saving; once more leaves at once\nsaved in runs/a\n',
  );
});

test("an epoch's line takes the most telling form that fits", () => {
  const line = (width: number, changes = {}): string =>
    epochLine(epochEvent(changes), { theme, width, epochs: 12 });
  assert.is(
    line(120),
    'epoch  1/12  loss 0.2310  accuracy 92.95 %  validation loss 0.0601  validation accuracy 98.11 %    12s   5,012 images/s',
  );
  assert.is(line(79), 'epoch  1/12  loss 0.2310  accuracy 92.95 %  validation 0.0601  98.11 %    12s');
  assert.is(line(60), 'epoch  1/12  loss 0.2310  92.95 %  validation 98.11 %    12s');
  assert.is(line(39), 'epoch  1/12  92.95 %  val. 98.11 %');
  assert.is(
    line(39, { validationLoss: null, validationAccuracy: null }),
    'epoch  1/12  loss 0.2310  92.95 %',
  );
  assert.is(line(19), ' 1/12  92.95 %');
  for (let width = 19; width < 140; width++) assert.ok(textWidth(line(width)) <= width);
});

test.run();
