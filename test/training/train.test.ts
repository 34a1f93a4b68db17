import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { openRun } from '../../src/runs/run-reader.js';
import { cnnzoo } from '../support/cli.js';
import { fill, smallDisk, unmount } from '../support/files/disk.js';
import { temporaryFolder } from '../support/folders.js';
import { metricsOf, TINY, trainHere, writeModel } from '../support/training.js';

const folder = temporaryFolder();
const model = writeModel(folder);
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];

function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Does something once so many lines have come out on standard output. */
function afterLines(count: number, act: (child: ChildProcess) => void): (child: ChildProcess) => void {
  return (child) => {
    let lines = 0;
    child.stdout!.on('data', (chunk: Buffer) => {
      const before = lines;
      lines += chunk.toString().split('\n').length - 1;
      if (before < count && lines >= count) act(child);
    });
  };
}

function sameWeights(a: string, b: string): boolean {
  const [x, y] = [a, b].map((dir) => readFileSync(join(dir, 'weights.safetensors')));
  return x!.equals(y!);
}

test('JSON lines carry exactly what scripts are promised', async () => {
  const args = ['train', model, ...CPU, '--limit', '100', '--epochs', '1', '--run-dir', 'json', '--json'];
  const { code, stdout, stderr } = await cnnzoo(folder, [...args, '--validation-split', '0.2']);
  assert.is(code, 0, stderr);
  const [start, epoch, end] = jsonLines(stdout);
  const { seconds, imagesPerSecond, loss, accuracy, validationLoss, validationAccuracy, ...rest } = epoch!;
  assert.equal(start, {
    event: 'start',
    model: 'tiny',
    dataset: 'digits',
    engine: 'onnx',
    device: 'cpu',
    params: openRun(join(folder, 'json')).info.params,
    epochs: 1,
    batchSize: 10,
    seed: 1,
    run: 'json',
    config: parse(readFileSync(join(folder, 'json', 'config.yaml'), 'utf8')),
  });
  const { training } = start!.config as { training: object };
  assert.equal(training, {
    ...training,
    epochs: 1,
    batchSize: 10,
    optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: false, weightDecay: 0 },
    validationSplit: 0.2,
    seed: 1,
  });
  assert.equal(rest, { event: 'epoch', epoch: 1, testLoss: null, testAccuracy: null, run: 'json' });
  for (const figure of [seconds, imagesPerSecond, loss, accuracy, validationLoss, validationAccuracy]) {
    assert.type(figure, 'number');
  }
  const { testLoss, testAccuracy, seconds: all, ...last } = end!;
  assert.equal(last, { event: 'end', run: 'json', epochs: 1, reason: 'completed' });
  for (const figure of [testLoss, testAccuracy, all]) assert.type(figure, 'number');
});

test('without a screen, with standard input closed and output to files, it works and ends by itself', async () => {
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'train',
    model,
    ...CPU,
    '--limit',
    '100',
    '--run-dir',
    'plain',
  ]);
  assert.is(code, 0, stderr);
  assert.match(stdout, /^test accuracy {2}\d+\.\d\d % of 100 images\ntest loss {6}\d/);
  assert.match(stdout, /\nnext +cnnzoo evaluate plain\n$/);
  assert.match(stderr, /\nepoch 2\/2 {2}loss /);
});

test('killed at any moment, a run goes on to the same weights', async () => {
  const request = { limit: 60, epochs: 40 };
  const { dir: whole } = await trainHere({ model, ...request, runDir: join(folder, 'unkilled') });
  const flags = ['--limit', String(request.limit), '--epochs', String(request.epochs), '--run-dir', 'killed'];
  const kill = (child: ChildProcess): boolean => child.kill('SIGKILL');
  const first = await cnnzoo(folder, ['train', model, ...CPU, ...flags, '--json'], afterLines(3, kill));
  assert.is(first.signal, 'SIGKILL');
  const resume = ['train', '--resume', 'killed', '--json'];
  for (const delay of [0, 11]) {
    const killSoon = afterLines(2, (child) => void setTimeout(kill, delay, child));
    const { signal } = await cnnzoo(folder, resume, killSoon);
    if (signal !== 'SIGKILL') break;
    assert.is(openRun(join(folder, 'killed')).info.status, 'running');
  }
  const last = await cnnzoo(folder, resume);
  const killed = join(folder, 'killed');
  if (last.code !== 0) assert.match(last.stderr, /the run is complete/);
  assert.ok(sameWeights(killed, whole));
  assert.equal(metricsOf(killed), metricsOf(whole));
  assert.not(readdirSync(killed).some((file) => file.endsWith('.tmp')));
});

test('Ctrl-C, SIGTERM and a closed terminal save, say how to go on and end with 130, 143 and 129', async () => {
  const flags = [...CPU, '--limit', '600', '--epochs', '500'];
  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const args = ['train', model, ...flags, '--run-dir', signal, '--json'];
    const { code, stdout, stderr } = await cnnzoo(
      folder,
      args,
      afterLines(2, (child) => child.kill(signal)),
    );
    assert.is(code, expected, stderr);
    const end = jsonLines(stdout).at(-1)!;
    assert.equal([end.event, end.reason, end.testAccuracy], ['end', 'interrupted', null]);
    assert.match(stderr, new RegExp(`go on with: cnnzoo train --resume ${signal}\n$`));
    assert.is(openRun(join(folder, signal)).info.status, 'interrupted');
  }
});

test('SIGUSR2 asks for an end after the epoch, as the key s does', async () => {
  if (process.platform === 'win32') return;
  const flags = ['--limit', '600', '--epochs', '500', '--run-dir', 'later', '--json'];
  const args = ['train', model, ...CPU, ...flags];
  const ask = (child: ChildProcess): boolean => child.kill('SIGUSR2');
  const { code, stdout, stderr } = await cnnzoo(folder, args, afterLines(2, ask));
  assert.is(code, 0, stderr);
  const end = jsonLines(stdout).at(-1)!;
  assert.equal([end.event, end.reason], ['end', 'stopped']);
  const { info } = openRun(join(folder, 'later'));
  assert.equal([info.status, info.step, info.epoch < 500], ['stopped', 0, true]);
});

test('a reader that goes away ends training quietly, with everything saved', async () => {
  const args = ['train', model, ...CPU, '--limit', '600', '--epochs', '500', '--run-dir', 'pipe', '--json'];
  const { code, stderr } = await cnnzoo(
    folder,
    args,
    afterLines(1, (child) => child.stdout!.destroy()),
  );
  assert.is(code, 0, stderr);
  const { info } = openRun(join(folder, 'pipe'));
  assert.is(info.status, 'interrupted');
  assert.ok(existsSync(join(folder, 'pipe', 'weights.safetensors')));
});

test('wrong use ends with 2, work that fails with 1, each with one sentence and no folder left', async () => {
  const broken = writeModel(folder, TINY.replace('kernelSize: 3', 'kernelSize: 9'), 'broken.yaml');
  const cases: [string[], number, string][] = [
    [['train', 'mnist-basci'], 2, 'There is no model "mnist-basci" in the zoo. Did you mean "mnist-basic"?'],
    [['train', broken], 2, `${broken}:7:5 conv2d_1: a 9x9 window does not fit a 7x7 input.`],
    [['train', model, '--run-dir', 'tiny.yaml/run'], 1, 'The run folder tiny.yaml/run cannot be used: '],
    [['train', model, '--set', 'training.optimizer.learningRate=1e30'], 1, 'The loss became '],
    [['train', model, '--device', 'gpu'], 2, 'There is no device "gpu" in the onnx engine'],
    [
      ['train', model, '--tensorboard', '/proc/none'],
      1,
      "TensorBoard's events could not be written to /proc/none",
    ],
    [
      ['bench', model, '--batch-size', '1e12'],
      2,
      '--batch-size 1000000000000: no array holds so many images of 28x28x1',
    ],
  ];
  const before = readdirSync(folder);
  for (const [args, expected, sentence] of cases) {
    const { code, stdout, stderr } = await cnnzoo(folder, args);
    assert.is(code, expected, `${args.join(' ')}: ${stderr}`);
    assert.is(stdout, '');
    const line = stderr.trimEnd().split('\n').at(-1)!;
    assert.ok(line.startsWith(sentence), line);
  }
  const runs = readdirSync(join(folder, 'runs'));
  assert.is(runs.length, 1, 'of the run that diverged');
  rmSync(join(folder, 'runs'), { recursive: true });
  assert.equal(readdirSync(folder), before);
});

test('a disk that is full at a checkpoint loses nothing', async () => {
  const disk = smallDisk(folder, 1536);
  if (disk === undefined) return;
  try {
    // Its checkpoint takes some 300 kB.
    const wide = writeModel(folder, TINY.replace('  - flatten', '  - flatten\n  - dense: 300'), 'wide.yaml');
    const run = ['--limit', '100', '--epochs', '1', '--run-dir', 'disk/run'];
    assert.is((await cnnzoo(folder, ['train', wide, ...CPU, ...run])).code, 0);
    const checkpoint = join(disk, 'run', 'checkpoint.safetensors');
    const before = readFileSync(checkpoint);
    fill(join(disk, 'filler'), before.length / 2);

    const failed = await cnnzoo(folder, ['train', '--resume', 'disk/run', '--epochs', '3']);
    assert.is(failed.code, 1, failed.stderr);
    assert.is(
      failed.stderr.trimEnd().split('\n').at(-1),
      'The checkpoint could not be written to disk/run/checkpoint.safetensors: the disk is full. ' +
        'The checkpoint before it (the end of epoch 1) is intact. Once that is mended, go on with: cnnzoo train --resume disk/run',
    );
    assert.ok(readFileSync(checkpoint).equals(before));
    assert.equal(
      readdirSync(join(disk, 'run')).filter((file) => file.endsWith('.tmp')),
      [],
    );

    rmSync(join(disk, 'filler'));
    assert.is((await cnnzoo(folder, ['train', '--resume', 'disk/run'])).code, 0);
    const whole = await trainHere({ model: wide, limit: 100, epochs: 3, runDir: join(folder, 'roomy') });
    assert.ok(sameWeights(join(disk, 'run'), whole.dir));
  } finally {
    unmount(disk);
  }
});

test.run();
