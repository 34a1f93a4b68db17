import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.js';
import { parseCommandLine } from '../../../src/program/parse.js';
import { openRun } from '../../../src/runs/run-reader.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { TINY, trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
writeModel(folder);
writeModel(folder, TINY.replace('filters: 4', 'filters: 8'), 'wider.yaml');
const MODELS = ['./tiny.yaml', './wider.yaml'];
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];

const bytesOf = (...path: string[]) => readFileSync(join(folder, ...path));

/** Does something as soon as `pattern` has come out on standard error. */
function when(pattern: RegExp, act: (child: ChildProcess) => void): (child: ChildProcess) => void {
  return (child) => {
    let text = '';
    let isOver = false;
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (isOver || !pattern.test(text)) return;
      isOver = true;
      act(child);
    });
  };
}

test('every model is trained with every seed under one budget, and then compared', async () => {
  const flags = ['--train', '--epochs', '1', '--limit', '100', '--seeds', '2', '--run-dir', 'both', '--json'];
  const { code, stdout, stderr } = await cnnzoo(folder, ['compare', ...MODELS, ...flags, ...CPU]);
  assert.is(code, 0, stderr);
  const { rows, seeds, differences } = JSON.parse(stdout);
  assert.equal(
    rows.map((row: Record<string, unknown>) => [row.name, row.seed, row.epochs, row.trainImages, row.run]),
    [
      ['tiny', 1, 1, 100, 'both/tiny-seed1'],
      ['wider', 1, 1, 100, 'both/wider-seed1'],
      ['tiny', 2, 1, 100, 'both/tiny-seed2'],
      ['wider', 2, 1, 100, 'both/wider-seed2'],
    ],
  );
  assert.equal([seeds.length, differences.length, differences[0].pairs.length], [2, 1, 2]);
  assert.match(stderr, /\nrun 4 of 4: wider, seed 2\ntraining Tiny · wider\n/);
  const alone = join(folder, 'alone');
  await trainHere({
    model: join(folder, 'wider.yaml'),
    epochs: 1,
    limit: 100,
    seed: 2,
    runDir: alone,
  });
  assert.ok(
    bytesOf('both', 'wider-seed2', 'weights.safetensors').equals(bytesOf('alone', 'weights.safetensors')),
    'the same run as train makes, bit for bit',
  );
});

test('the folder of a comparison stands for all of its runs', async () => {
  const { code, stdout } = await cnnzoo(folder, ['compare', 'both', 'lenet5', '--format', 'csv']);
  assert.is(code, 0);
  assert.is(stdout.trimEnd().split('\n').length, 6);
  const broken = join(folder, 'both', 'comparison.json');
  const text = readFileSync(broken, 'utf8');
  writeFileSync(broken, text.slice(0, 40));
  const torn = await cnnzoo(folder, ['compare', 'both']);
  assert.is(torn.code, 1);
  assert.match(torn.stderr, /^both\/comparison\.json is damaged: /);
  assert.match(
    torn.stderr,
    / Its runs do not need it: cnnzoo compare both\/tiny-seed1 .*both\/wider-seed2, and cnnzoo train --resume RUN goes on with one of them\.\n$/,
  );
  // Names that lead out of the folder are refused before anything is read or written there.
  for (const name of ['../alone', '/tmp/alone', '..', '.', '', 'a\\\\b', 'a\\u0000b']) {
    writeFileSync(
      broken,
      text.replace(/"folder": "[^"]*"/, () => `"folder": "${name}"`),
    );
    const led = await cnnzoo(folder, ['compare', '--resume', 'both']);
    assert.is(led.code, 1);
    assert.match(led.stderr, /is damaged: runs\.0\.folder: a plain name was expected, /, name);
  }
  writeFileSync(broken, text);
});

test('Ctrl-C keeps the finished runs, and --resume comes to the same bits', async () => {
  const flags = ['--train', '--epochs', '30', '--limit', '300', ...CPU];
  await cnnzoo(folder, ['compare', ...MODELS, ...flags, '--run-dir', 'whole']);
  const stop = when(/run 2 of 2: wider\n[\s\S]*\nepoch {2}3\/30/, (child) => child.kill('SIGINT'));
  const { code, stdout, stderr } = await cnnzoo(
    folder,
    ['compare', ...MODELS, ...flags, '--run-dir', 'stopped'],
    stop,
  );
  assert.is(code, 130, stderr);
  assert.match(
    stdout,
    /\nstopped\/wider was interrupted \(\d+ of 30 epochs\), so it has no test figures; go on with: cnnzoo compare --resume stopped\n$/,
  );
  assert.match(stdout, /\ntiny +\d+\.\d\d % .*completed/);
  assert.match(stdout, /\nwider .*interrupted/);
  assert.is(openRun(join(folder, 'stopped', 'tiny')).info.status, 'completed');
  const resumed = await cnnzoo(folder, ['compare', '--resume', 'stopped', '--json']);
  assert.is(resumed.code, 0, resumed.stderr);
  assert.not.match(resumed.stderr, /run 1 of 2/);
  assert.match(resumed.stderr, /going on after epoch \d/);
  for (const model of ['tiny', 'wider']) {
    for (const file of ['weights.safetensors', 'predictions.csv'])
      assert.ok(bytesOf('whole', model, file).equals(bytesOf('stopped', model, file)), `${model}/${file}`);
  }
  const again = await cnnzoo(folder, ['compare', '--resume', 'stopped', '--json']);
  assert.equal(JSON.parse(again.stdout), JSON.parse(resumed.stdout));
});

test('killed before its last run has begun, a comparison goes on with it', async () => {
  const flags = ['--train', '--epochs', '1', '--limit', '100', '--run-dir', 'killed', ...CPU];
  const kill = when(/\ndone: /, (child) => child.kill('SIGKILL'));
  await cnnzoo(folder, ['compare', ...MODELS, ...flags], kill);
  rmSync(join(folder, 'killed', 'wider'), { recursive: true, force: true });
  const { stdout } = await cnnzoo(folder, ['compare', 'killed']);
  assert.match(stdout, /\nOf killed 1 run of 2 has not begun; go on with: cnnzoo compare --resume killed\n$/);
  // Another file of the same name by now: a comparison goes on with what it was begun with.
  writeModel(folder, TINY, 'wider.yaml');
  const resumed = await cnnzoo(folder, ['compare', '--resume', 'killed', '--json']);
  assert.is(resumed.code, 0, resumed.stderr);
  writeModel(folder, TINY.replace('filters: 4', 'filters: 8'), 'wider.yaml');
  assert.ok(
    bytesOf('killed', 'wider', 'weights.safetensors').equals(
      bytesOf('both', 'wider-seed1', 'weights.safetensors'),
    ),
  );
});

test('the budget is the first model’s where the command line names none, and that is said', async () => {
  const other = TINY.replace('dataset: digits', 'dataset: mnist').replace('epochs: 2', 'epochs: 9');
  writeModel(folder, other, 'other.yaml');
  const { code, stdout, stderr } = await cnnzoo(folder, [
    ...['compare', './tiny.yaml', './other.yaml', 'both/tiny-seed1', '--train', '--limit', '60', '--json'],
    ...['--run-dir', 'budget', ...CPU],
  ]);
  assert.is(code, 0, stderr);
  assert.match(
    stderr,
    /^notice: all models train on digits for 2 epochs, as tiny does by its config; --dataset and --epochs would change that\.\n/,
  );
  const { rows } = JSON.parse(stdout);
  assert.equal(
    rows.map((row: Record<string, unknown>) => [row.name, row.dataset, row.epochs, row.group]),
    [
      ['tiny', 'digits', 2, 'A'],
      ['other', 'digits', 2, 'A'],
      ['tiny', 'digits', 1, 'B'],
    ],
  );
});

test('a run that diverges does not take the others with it', async () => {
  writeModel(folder, TINY.replace('learningRate: 0.05', 'learningRate: 1.0e+30'), 'wild.yaml');
  const { code, stdout, stderr } = await cnnzoo(folder, [
    ...['compare', './wild.yaml', './tiny.yaml', '--train', '--limit', '60', '--run-dir', 'wild', ...CPU],
  ]);
  assert.is(code, 1);
  assert.match(stderr, /warning: The loss became /);
  assert.match(stdout, /\nwild .*diverged/);
  assert.match(stdout, /\ntiny +0\.05 +\d+\.\d\d % .*completed/);
});

async function refusal(args: readonly string[]): Promise<Error> {
  try {
    const request = await parseCommandLine(args);
    if (request.kind === 'command') await request.run();
  } catch (error) {
    return error as Error;
  }
  return new Error('It was accepted.');
}

test('wrong use ends with 2 and one sentence, before any training and without a folder', async () => {
  const cases: [string[], RegExp][] = [
    [['compare'], /^compare needs at least one model or run: /],
    [['compare', '--train'], /^--train needs at least one model/],
    [['compare', 'lenet5', '--epochs', '3'], /^--epochs goes with --train only/],
    [['compare', 'lenet5', '--run-dir', 'x'], /^--run-dir goes with --train only/],
    [['compare', 'lenet5', '--batch-size', '3'], /^--batch-size goes with --train only/],
    [['compare', 'lenet5', '--seeds', '3'], /^--seeds goes with --train only/],
    [
      ['compare', 'lenet5', '--train', '--seeds', 'x'],
      /^--seeds must be a whole number of at least 1, got "x"/,
    ],
    [
      ['compare', 'lenet5', 'vgg16', '--train'],
      /^vgg16: The data set mnist has images of 28x28x1 in 10 classes/,
    ],
    [
      ['compare', 'lenet5', '--train', '--limit', '9'],
      /^lenet5 trains with batches of 64 images, more than --limit 9/,
    ],
    [['compare', 'lenet5', '--train', '--run-dir', 'both'], /Go on with it by cnnzoo compare --resume both,/],
    [['compare', 'lenet5', 'runs/none', '--train'], /^There is no run folder runs\/none/],
    [['compare', '--resume', 'alone'], /^--resume alone: .* go on with it by cnnzoo train --resume alone/],
    [['compare', '--resume', 'both', '--epochs', '2'], /^--resume and --epochs do not go together: /],
    [['compare', 'lenet5', '--train', '--columns', 'nme'], /^--columns: there is no column "nme"/],
  ];
  const [before, cwd] = [readdirSync(folder), process.cwd()];
  process.chdir(folder);
  try {
    for (const [args, expected] of cases) {
      const error = await refusal(args);
      assert.instance(error, UsageError, args.join(' '));
      assert.match(error.message, expected);
      assert.not.match(error.message, /\n/);
    }
  } finally {
    process.chdir(cwd);
  }
  assert.equal(readdirSync(folder), before);
  assert.not(existsSync(join(folder, 'runs')));
});

test.run();
