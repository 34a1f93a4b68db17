import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';

const folder = temporaryFolder();
const SMALL = ['--dataset', 'digits', '--limit', '64', '--batch-size', '32'];
const LONG = ['--dataset', 'digits', '--limit', '640', '--epochs', '500'];

/** A command that appends its variables to a file, a line of JSON each time, and says something on standard output. */
function telling(file: string): string {
  const keep = `require('fs').appendFileSync(${JSON.stringify(file)}, JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('CNNZOO_') && !${JSON.stringify(Object.keys(process.env))}.includes(name)))) + '\\n')`;
  return `'${process.execPath}' -e '${keep.replaceAll("'", `'\\''`)}'; echo said by the command`;
}

type Variables = Readonly<Record<string, string>>;

function toldIn(file: string): Variables[] {
  const path = join(folder, file);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Variables);
}

const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1)!) as Record<string, unknown>;

test('a training that is completed: its folder, its figures; what the command says is no part of the result', async () => {
  const args = ['--epochs', '2', '--run-dir', 'one', '--json', '--on-end', telling('one.jsonl')];
  const { code, stdout, stderr } = await cnnzoo(folder, ['train', 'lenet5', ...SMALL, ...args]);
  assert.is(code, 0, stderr);
  const end = lastLine(stdout);
  const [told, ...more] = toldIn('one.jsonl');
  assert.equal(more, []);
  assert.equal(told, {
    CNNZOO_STATUS: 'completed',
    CNNZOO_RUN: join(folder, 'one'),
    CNNZOO_MODEL: 'lenet5',
    CNNZOO_EPOCHS: '2',
    CNNZOO_SECONDS: String(end.seconds),
    CNNZOO_TEST_ACCURACY: String(end.testAccuracy),
    CNNZOO_TEST_LOSS: String(end.testLoss),
    CNNZOO_EXIT_CODE: '0',
  });
  assert.not.match(stdout, /said by the command/);
  assert.match(stderr, /said by the command\n$/);
});

test('a command that fails is a warning, and the exit code stays', async () => {
  const args = ['--epochs', '1', '--on-end', 'exit 7'];
  const { code, stderr } = await cnnzoo(folder, ['train', 'lenet5', ...SMALL, ...args]);
  assert.is(code, 0);
  assert.match(stderr, /warning: the command of --on-end ended with exit code 7: exit 7\n$/);
});

test('the run is free by then: the command may go on with it', async () => {
  const args = ['--epochs', '1', '--on-end', 'test ! -e "$CNNZOO_RUN/owner.lock"'];
  const { stderr } = await cnnzoo(folder, ['train', 'lenet5', ...SMALL, ...args]);
  assert.not.match(stderr, /warning/);
});

test('one that diverges, with what was wrong', async () => {
  const args = ['--optimizer', 'sgd', '--learning-rate', '1e30', '--epochs', '2'];
  const line = ['train', 'mnist-mlp', ...SMALL, ...args, '--on-end', telling('diverged.jsonl')];
  const { code } = await cnnzoo(folder, line);
  assert.is(code, 1);
  const [told] = toldIn('diverged.jsonl');
  assert.is(told!.CNNZOO_STATUS, 'diverged');
  assert.is(told!.CNNZOO_EXIT_CODE, '1');
  assert.match(told!.CNNZOO_ERROR!, /^The loss became /);
  assert.is(told!.CNNZOO_TEST_ACCURACY, undefined);
});

test('one that is interrupted, and one that is asked to stop after its epoch', async () => {
  const line = (name: string) => [
    ...['train', 'lenet5', ...LONG, '--json', '--run-dir', name, '--on-end', telling(`${name}.jsonl`)],
  ];
  for (const [signal, status, exitCode] of [
    ['SIGINT', 'interrupted', 130],
    ['SIGTERM', 'interrupted', 143],
    ['SIGUSR2', 'stopped', 0],
  ] as const) {
    const { code } = await cnnzoo(folder, line(signal), (child) =>
      child.stdout?.once('data', () => child.kill(signal)),
    );
    assert.is(code, exitCode);
    const told = toldIn(`${signal}.jsonl`);
    assert.equal(
      told.map(({ CNNZOO_STATUS, CNNZOO_EXIT_CODE }) => [CNNZOO_STATUS, CNNZOO_EXIT_CODE]),
      [[status, String(exitCode)]],
    );
  }
});

test('one that fails after it began', async () => {
  const line = ['train', 'lenet5', ...LONG, '--json', '--run-dir', 'gone', '--on-end', telling('gone.jsonl')];
  const { code } = await cnnzoo(folder, line, (child) =>
    child.stdout?.once('data', () => rmSync(join(folder, 'gone'), { recursive: true })),
  );
  assert.is(code, 1);
  const [told] = toldIn('gone.jsonl');
  assert.is(told!.CNNZOO_STATUS, 'failed');
  assert.match(told!.CNNZOO_ERROR!, /gone/);
});

test('not where training never began', async () => {
  for (const wrong of [
    ['train', 'lenet6'],
    ['train', 'lenet5', '--dataset', './nowhere'],
    ['compare', 'lenet5', '--train', '--dataset', './nowhere'],
    ['compare', 'lenet5', '--train', '--launcher', 'commands', '--run-dir', 'printed'],
  ])
    await cnnzoo(folder, [...wrong, '--on-end', telling('never.jsonl')]);
  assert.equal(toldIn('never.jsonl'), []);
});

test('a sweep in several processes: once, at the end of the whole, and in none of them', async () => {
  const args = ['--train', '--vary', 'epochs=1,2', '--jobs', '2', '--run-dir', 'sweep'];
  const line = ['compare', 'lenet5', ...args, ...SMALL.slice(0, 4), '--on-end', telling('sweep.jsonl')];
  const { code, stdout, stderr } = await cnnzoo(folder, line);
  assert.is(code, 0, stderr);
  assert.not.match(stdout, /said by the command/);
  assert.equal(toldIn('sweep.jsonl'), [
    {
      CNNZOO_STATUS: 'completed',
      CNNZOO_RUN: join(folder, 'sweep'),
      CNNZOO_RUNS: '2',
      CNNZOO_RUNS_OVER: '2',
      CNNZOO_EXIT_CODE: '0',
    },
  ]);
  // All of it is over: nothing is trained any more.
  await cnnzoo(folder, ['compare', '--resume', 'sweep', '--on-end', telling('again.jsonl')]);
  assert.equal(toldIn('again.jsonl'), []);
});

test('it goes with trainings only', async () => {
  const { code, stderr } = await cnnzoo(folder, ['compare', 'lenet5', '--on-end', 'true']);
  assert.is(code, 2);
  assert.match(stderr, /^--on-end goes with --train only/);
});

test.run();
