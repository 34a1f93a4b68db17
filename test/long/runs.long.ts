import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LOCK } from '../../src/runs/folder-lock.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import type { Outcome } from '../support/processes.js';
import { metricsOf, writeModel } from '../support/training.js';

/*
 * Run folders under what a shared machine does to them: processes that are killed at any moment, and several that want the
 * same folder. CNNZOO_TEST_KILLS and CNNZOO_TEST_RACES say how many.
 */

const KILLS = Number(process.env.CNNZOO_TEST_KILLS ?? 100);
const RACES = Number(process.env.CNNZOO_TEST_RACES ?? 50);

const folder = temporaryFolder();
writeModel(folder);
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];
const TRAIN = ['train', './tiny.yaml', '--limit', '60', '--epochs', '12', ...CPU];
const COMPARE = [
  'compare',
  './tiny.yaml',
  '--train',
  '--seeds',
  '2',
  '--limit',
  '60',
  '--epochs',
  '6',
  ...CPU,
];

const weightsOf = (run: string) => readFileSync(join(folder, run, 'weights.safetensors'));
const predictionsOf = (run: string) => readFileSync(join(folder, run, 'predictions.csv'));

/** Kills a command line after a time between none and what it takes in all. */
async function killed(args: readonly string[], wholeMs: number): Promise<boolean> {
  const kill = (child: ChildProcess) => setTimeout(() => child.kill('SIGKILL'), Math.random() * wholeMs);
  return (await cnnzoo(folder, args, kill)).signal === 'SIGKILL';
}

async function timed(args: readonly string[]): Promise<number> {
  const begin = performance.now();
  const { code, stderr } = await cnnzoo(folder, args);
  assert.is(code, 0, stderr);
  return performance.now() - begin;
}

function assertSame(run: string, whole: string): void {
  assert.ok(weightsOf(run).equals(weightsOf(whole)), `${run}: weights`);
  assert.ok(predictionsOf(run).equals(predictionsOf(whole)), `${run}: predictions`);
  assert.equal(metricsOf(join(folder, run)), metricsOf(join(folder, whole)));
  const left = readdirSync(join(folder, run)).filter((file) => file.endsWith('.tmp') || file.startsWith('.'));
  assert.equal(left, []);
}

test('train is killed at random moments, goes on, and comes to the same bits', async () => {
  const wholeMs = await timed([...TRAIN, '--run-dir', 'whole']);
  let [kills, runs] = [0, 0];
  while (kills < KILLS * 0.6) {
    const run = `killed-${runs++}`;
    const go = () =>
      existsSync(join(folder, run, 'run.json')) ? ['train', '--resume', run] : [...TRAIN, '--run-dir', run];
    for (let tries = 0; tries < 4 && kills < KILLS * 0.6; tries++) if (await killed(go(), wholeMs)) kills++;
    const last = await cnnzoo(folder, go());
    if (last.code !== 0) assert.match(last.stderr, /the run is complete/);
    assertSame(run, 'whole');
    assert.not(existsSync(join(folder, run, LOCK)));
    rmSync(join(folder, run), { recursive: true });
  }
  console.log(`train: ${kills} kills in ${runs} runs, 0 lost`);
});

test('so is compare --train', async () => {
  const wholeMs = await timed([...COMPARE, '--run-dir', 'both']);
  let [kills, runs] = [0, 0];
  while (kills < KILLS * 0.3) {
    const dir = `compared-${runs++}`;
    const go = () =>
      existsSync(join(folder, dir, 'comparison.json'))
        ? ['compare', '--resume', dir]
        : [...COMPARE, '--run-dir', dir];
    for (let tries = 0; tries < 4 && kills < KILLS * 0.3; tries++) if (await killed(go(), wholeMs)) kills++;
    const last = await cnnzoo(folder, go());
    assert.is(last.code, 0, last.stderr);
    for (const run of ['tiny-seed1', 'tiny-seed2']) assertSame(join(dir, run), join('both', run));
    rmSync(join(folder, dir), { recursive: true });
  }
  console.log(`compare --train: ${kills} kills in ${runs} comparisons, 0 lost`);
});

test('evaluate that is killed changes nothing', async () => {
  const evaluate = ['evaluate', 'whole', '--dataset', 'digits', '--engine', 'onnx', '--device', 'cpu'];
  const files = () =>
    readdirSync(join(folder, 'whole')).map((file) => [
      file,
      readFileSync(join(folder, 'whole', file), 'hex'),
    ]);
  const [before, wholeMs] = [files(), await timed(evaluate)];
  let kills = 0;
  for (let tries = 0; tries < KILLS * 0.5 && kills < KILLS * 0.1; tries++)
    if (await killed(evaluate, wholeMs)) kills++;
  assert.equal(files(), before);
  console.log(`evaluate: ${kills} kills, nothing changed`);
});

/** Starts a command line twice at once: one goes on, the other is refused. */
async function race(args: readonly string[], folders: readonly string[]): Promise<void> {
  const outcomes: Outcome[] = await Promise.all([cnnzoo(folder, args), cnnzoo(folder, args)]);
  const told = outcomes.map(({ code, stderr }) => `${code}: ${stderr}`).join('\n');
  assert.equal(outcomes.map(({ code }) => code).sort(), [0, 2], told);
  for (const [run, whole] of folders.map((path) => path.split('=') as [string, string]))
    assertSame(run, whole);
}

test('of two trainings, resumptions or comparisons in one folder one goes on', async () => {
  const stopped = [...TRAIN, '--run-dir', 'half'];
  while (!existsSync(join(folder, 'half', 'checkpoint.previous.safetensors'))) {
    rmSync(join(folder, 'half'), { recursive: true, force: true });
    await cnnzoo(folder, [...stopped, '--json'], (child) => {
      child.stdout!.on(
        'data',
        (chunk: Buffer) => /"epoch":3,/.test(chunk.toString()) && child.kill('SIGKILL'),
      );
    });
  }
  assert.ok(existsSync(join(folder, 'half', LOCK)), 'the lock of a process that is gone');
  for (let i = 0; i < RACES; i++) {
    await race([...TRAIN, '--run-dir', `race-${i}`], [`race-${i}=whole`]);
    cpSync(join(folder, 'half'), join(folder, `half-${i}`), { recursive: true });
    await race(['train', '--resume', `half-${i}`], [`half-${i}=whole`]);
    for (const dir of [`race-${i}`, `half-${i}`]) rmSync(join(folder, dir), { recursive: true });
    if (i % 5 > 0) continue;
    const runs = [1, 2].map((seed) => `pair-${i}/tiny-seed${seed}=both/tiny-seed${seed}`);
    await race([...COMPARE, '--run-dir', `pair-${i}`], runs);
    rmSync(join(folder, `pair-${i}`), { recursive: true });
  }
  console.log(
    `${RACES} races of two new trainings, ${RACES} of two resumptions, ${Math.ceil(RACES / 5)} of two comparisons: 0 double owners`,
  );
});

test('many processes that take a folder, leave it or die in it: never two of them own it', async () => {
  const [dir, rounds] = [join(folder, 'contended'), RACES * 4];
  const script = fileURLToPath(new URL('../support/contender.ts', import.meta.url));
  const register = new URL('../support/register.js', import.meta.url).href;
  const contend = async (): Promise<number> => {
    const child = spawn(process.execPath, ['--import', register, script, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    assert.not.match(text, /double/);
    return text.split('owned').length - 1;
  };
  mkdirSync(dir);
  let owned = 0;
  const keep = async () => {
    while (owned < rounds) owned += await contend();
  };
  await Promise.all([keep(), keep(), keep(), keep()]);
  console.log(`a contended folder: owned ${owned} times, 0 double owners`);
});

test.run();
