import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockFolder } from '../../../src/runs/folder-lock.js';
import { cnnzoo, plainEnv, program } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { childrenOf, isAlive, until, WatchedComparison } from '../../support/sweeps/sweeps.js';
import { TINY, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
writeModel(folder);
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];
const SWEEP = [
  ...['compare', './tiny.yaml', '--train', '--limit', '200', '--epochs', '2', '--seeds', '2'],
  ...['--vary', 'learningRate=0.01,0.001', '--vary', 'batchSize=20,40', ...CPU],
];
const RUNS = ['0.01', '0.001'].flatMap((rate) =>
  ['20', '40'].flatMap((size) =>
    ['1', '2'].map((seed) => `tiny,learningRate=${rate},batchSize=${size},seed=${seed}`),
  ),
);

interface Row {
  readonly run: string;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly testAccuracy: number;
}

const comparison = (dir: string) => new WatchedComparison(join(folder, dir), RUNS);

/** That every run of a comparison came to the bits of the one that nobody disturbed. */
function requireSameBits(dir: string): void {
  comparison(dir).requireSameBits(join(folder, 'plain'));
}

const doneIn = (dir: string) => comparison(dir).done;
const trainingIn = (dir: string) => comparison(dir).training;

test('every combination is trained with every seed, ranked, drawn and summed up', async () => {
  const { code, stdout, stderr } = await cnnzoo(folder, [...SWEEP, '--run-dir', 'plain', '--json']);
  assert.is(code, 0, stderr);
  const result = JSON.parse(stdout) as {
    rows: Row[];
    seeds: { name: string; seeds: number[]; meanTestAccuracy: number }[];
    sweeps: { keys: string[]; cells: { values: object; meanTestAccuracy: number }[] }[];
  };
  assert.equal(result.rows.map(({ run }) => run).sort(), RUNS.map((run) => `plain/${run}`).sort());
  for (const { run, learningRate, batchSize, seed } of result.rows)
    assert.is(run, `plain/tiny,learningRate=${learningRate},batchSize=${batchSize},seed=${seed}`);
  const accuracies = result.rows.map(({ testAccuracy }) => testAccuracy);
  assert.equal(
    accuracies,
    accuracies.toSorted((a, b) => b - a),
  );
  assert.equal(result.sweeps[0]!.keys, ['learningRate', 'batchSize']);
  assert.is(result.sweeps[0]!.cells.length, 4);
  for (const { values, meanTestAccuracy } of result.sweeps[0]!.cells) {
    const { learningRate, batchSize } = values as { learningRate: string; batchSize: string };
    const same = result.rows.filter(
      (row) => row.learningRate === Number(learningRate) && row.batchSize === Number(batchSize),
    );
    const mean = (same[0]!.testAccuracy + same[1]!.testAccuracy) / 2;
    assert.ok(Math.abs(meanTestAccuracy - mean) < 1e-12);
  }
  const table = (await cnnzoo(folder, ['compare', 'plain'])).stdout;
  assert.match(
    table,
    /Test accuracy of tiny by learningRate \(down\) and batchSize \(across\), in percent; \* the best/,
  );
  assert.match(table, /\n +20 +40 \n0\.01 +\d+\.\d\d\*? +\d+\.\d\d.*\n0\.001 +\d+\.\d\d.*\n/);
  assert.match(table, /\ntiny \((batchSize 20, learningRate 0\.01|learningRate 0\.01, batchSize 20)\) +2 /);
});

test('two at a time come to the same bits, and that they shared a machine is said', async () => {
  const { code, stdout, stderr } = await cnnzoo(folder, [...SWEEP, '--run-dir', 'jobs', '--jobs', '2']);
  assert.is(code, 0, stderr);
  requireSameBits('jobs');
  assert.match(stderr, /run 1 of 8: learningRate 0\.01, batchSize 20, seed 1 trains\n/);
  assert.match(stderr, /; 8 of 8 done, best \d+\.\d\d %\n/);
  assert.match(stdout, /Some of these runs were trained at the same time on one machine/);
});

test('a process of two that is killed is followed by another; Ctrl-C saves; what is left goes on', async () => {
  const disturb = async (child: ChildProcess) => {
    await until(() => trainingIn('killed') > 0, 'a training');
    const [worker] = childrenOf(child.pid!);
    process.kill(worker!, 'SIGKILL');
    await until(() => doneIn('killed') >= 3, 'three runs');
    child.kill('SIGINT');
  };
  const stopping = cnnzoo(folder, [...SWEEP, '--run-dir', 'killed', '--jobs', '2'], (child) => {
    void disturb(child);
  });
  const { code, stderr } = await stopping;
  assert.is(code, 130, stderr);
  assert.ok(doneIn('killed') < RUNS.length);
  assert.is(trainingIn('killed'), 0, 'all have saved and said so');
  const resumed = await cnnzoo(folder, ['compare', '--resume', 'killed', '--json']);
  assert.is(resumed.code, 0, resumed.stderr);
  requireSameBits('killed');
});

test('trainings do not outlive the process that has them trained, however it ends', async () => {
  const child = spawn(process.execPath, [program(), ...SWEEP, '--run-dir', 'orphans', '--jobs', '2'], {
    cwd: folder,
    env: plainEnv(),
    stdio: 'ignore',
  });
  await until(() => trainingIn('orphans') > 0, 'a training');
  const workers = childrenOf(child.pid!);
  child.kill('SIGKILL');
  await until(() => !workers.some(isAlive), 'the end of its processes');
  assert.is(trainingIn('orphans'), 0);
  const resumed = await cnnzoo(folder, ['compare', '--resume', 'orphans', '--jobs', '2', '--json']);
  assert.is(resumed.code, 0, resumed.stderr);
  requireSameBits('orphans');
});

test('commands are one a run, each of which trains that run alone, in any order and at once', async () => {
  const printed = await cnnzoo(folder, [...SWEEP, '--run-dir', 'lines', '--launcher', 'commands']);
  assert.is(printed.code, 0, printed.stderr);
  const lines = printed.stdout.trimEnd().split('\n');
  assert.is(lines.length, RUNS.length);
  assert.ok(lines.every((line) => line.startsWith('cnnzoo compare --resume ')));
  const script = `cnnzoo() { '${process.execPath}' '${program()}' "$@"; }\n${lines.toReversed().slice(2).join(' >/dev/null 2>&1 &\n')} > /dev/null 2>&1\nwait\n`;
  execFileSync('bash', ['-c', script], { cwd: folder, env: plainEnv() });
  assert.is(doneIn('lines'), 6);
  const left = await cnnzoo(folder, ['compare', '--resume', 'lines', '--launcher', 'commands', '--json']);
  assert.is((JSON.parse(left.stdout) as { lines: string[] }).lines.length, 2);
  const resumed = await cnnzoo(folder, ['compare', '--resume', 'lines', '--json']);
  assert.is(resumed.code, 0, resumed.stderr);
  requireSameBits('lines');
});

test('what images may take is told to every process that trains, and may be another as a comparison goes on', async () => {
  const config = TINY.replace(/input: .*/, 'input: [16, 16, 3]').replace(/dataset: .*/, 'dataset: shapes');
  const sub = join(folder, 'room');
  writeModel(sub, config);
  const sweep = [
    'compare',
    './tiny.yaml',
    '--train',
    '--limit',
    '40',
    '--epochs',
    '1',
    '--seeds',
    '2',
    ...CPU,
  ];
  const room = ['--image-memory', '5kB', '--image-cache', '0'];
  const printed = await cnnzoo(sub, [...sweep, ...room, '--run-dir', 'runs', '--launcher', 'commands']);
  assert.is(printed.code, 0, printed.stderr);
  const [first] = printed.stdout.split('\n');
  assert.match(first!, ' --image-memory 5000 --image-cache 0 ');
  // A run that is begun has the bounds of the whole, or those of the process that trains it.
  const few = /--image-memory of (\S+ kB) keeps \d of 12,000 images in memory/;
  const words = ['compare', '--resume', 'runs', '--format', 'json'];
  const own = await cnnzoo(sub, [...words, '--only', 'tiny-seed1', '--image-memory', '4kB']);
  assert.is(few.exec(own.stderr)?.[1], '4.0 kB', own.stderr);
  const kept = await cnnzoo(sub, words);
  assert.is(few.exec(kept.stderr)?.[1], '5.0 kB', kept.stderr);
  assert.match(
    (await cnnzoo(sub, ['compare', 'tiny.yaml', ...room])).stderr,
    '--image-memory goes with --train only',
  );
});

test('two processes may work on one comparison; none takes what the other has', async () => {
  await cnnzoo(folder, [...SWEEP, '--run-dir', 'shared', '--launcher', 'commands']);
  const work = () => cnnzoo(folder, ['compare', '--resume', 'shared', '--json']);
  const outcomes = await Promise.all([work(), work()]);
  assert.equal(
    outcomes.map(({ code }) => code),
    [0, 0],
    outcomes.map(({ stderr }) => stderr).join('\n'),
  );
  requireSameBits('shared');
});

test('what another process owns is left to it', async () => {
  await cnnzoo(folder, [...SWEEP, '--run-dir', 'owned', '--launcher', 'commands']);
  const [first] = RUNS;
  const one = await cnnzoo(folder, ['compare', '--resume', 'owned', '--only', first!]);
  assert.is(one.code, 0, one.stderr);
  assert.equal(
    RUNS.filter((run) => existsSync(join(folder, 'owned', run))),
    [first],
  );
  const other = RUNS[3]!;
  execFileSync('mkdir', [join(folder, 'owned', other)]);
  const lock = await lockFolder(join(folder, 'owned', other));
  const { code, stdout, stderr } = await cnnzoo(folder, ['compare', '--resume', 'owned', '--json']);
  await lock.release();
  assert.is(code, 0, stderr);
  assert.is(doneIn('owned'), RUNS.length - 1);
  assert.equal(readdirSync(join(folder, 'owned', other)), []);
  assert.match(stdout, /Of owned 1 run of 8 has not begun/);
});

test('what is wrong with a sweep is said before anything is trained', async () => {
  const base = ['compare', './tiny.yaml', '--train', '--limit', '200', '--run-dir', 'wrong'];
  for (const [args, message] of [
    [['--vary', 'learningRate=0.1,x'], /--vary, with learningRate x: .*learningRate must be a number/],
    [
      ['--vary', 'batchSize=20,400'],
      /--vary, with batchSize 400: .*batches of 400 images, more than --limit 200/,
    ],
    [['--vary', 'layers.1.conv2d.filters=4,0'], /--vary, with layers\.1\.conv2d\.filters 0: /],
    [['--vary', 'epochs=1,2', '--epochs', '3'], /--vary: epochs is given by a flag of its own as well/],
    [['--vary', 'seed=1,2', '--seeds', '3'], /--seeds and seeds in --vary do not go together/],
    [['--sample', '3'], /--sample goes with --vary KEY=V1,V2/],
    [['--jobs', '4000'], /--jobs 4000: this process may use \d+ processors?, so take/],
    [['--wait'], /--wait goes with --launcher slurm only/],
    [['--launcher', 'commands', '--jobs', '2'], /--jobs does not go with --launcher commands/],
    [['--only', 'x'], /--only goes with --resume/],
  ] as const) {
    const { code, stderr } = await cnnzoo(folder, [...base, ...args]);
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
    assert.not.ok(existsSync(join(folder, 'wrong')), args.join(' '));
  }
  const unknown = await cnnzoo(folder, ['compare', '--resume', 'plain', '--only', 'tiny,learningRate=0.01']);
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, /--only tiny,learningRate=0\.01: plain has no such run\./);
  const stray = await cnnzoo(folder, ['compare', 'plain', '--jobs', '2']);
  assert.match(stray.stderr, /--jobs goes with --train only/);
});

test('how many images are used can be varied, and seeds by themselves', async () => {
  const flags = [
    '--train',
    '--epochs',
    '1',
    '--vary',
    'limit=100,200',
    '--vary',
    'seed=7,9',
    '--batch-size',
    '20',
  ];
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'compare',
    './tiny.yaml',
    ...flags,
    ...CPU,
    '--json',
  ]);
  assert.is(code, 0, stderr);
  const { rows } = JSON.parse(stdout) as { rows: (Row & { trainImages: number })[] };
  assert.equal(rows.map(({ trainImages, seed }) => `${trainImages} ${seed}`).sort(), [
    '100 7',
    '100 9',
    '200 7',
    '200 9',
  ]);
});

test.run();
