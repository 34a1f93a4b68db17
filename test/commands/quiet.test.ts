import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cnnzoo } from '../support/cli.js';
import { classOf } from '../support/files/pictures.js';
import { temporaryFolder, writeTree } from '../support/folders.js';

const folder = temporaryFolder();
const BUDGET = ['--dataset', 'digits', '--limit', '64', '--epochs', '1', '--batch-size', '32'];
const quietly = (...args: string[]) => cnnzoo(folder, [...args, '--quiet']);

test('a training says nothing on standard error, and gives its result', async () => {
  const { code, stdout, stderr } = await quietly('train', 'lenet5', ...BUDGET, '--run-dir', 'runs/one');
  assert.is(stderr, '');
  assert.is(code, 0);
  assert.match(stdout, /test accuracy/i);
});

test('so does a training that is stopped, with its exit code', async () => {
  const long = ['--dataset', 'digits', '--limit', '2000', '--epochs', '500'];
  const { code, stdout, stderr } = await cnnzoo(
    folder,
    ['train', 'lenet5', ...long, '--json', '--run-dir', 'runs/stopped', '--quiet'],
    (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
  );
  assert.is(stderr, '');
  assert.is(code, 130);
  assert.match(stdout, /"reason":"interrupted"/);
});

test('a comparison, names of runs, sorting and removing say nothing either', async () => {
  const trained = await quietly(
    'compare',
    'lenet5',
    '--train',
    '--vary',
    'epochs=1,2',
    ...BUDGET.slice(0, 4),
  );
  assert.is(trained.stderr, '');
  assert.is(trained.code, 0);
  for (const line of [
    ['evaluate', '@latest', '--format', 'csv'],
    ['compare', 'runs/one', 'lenet5', '--json'],
    ['runs', 'nowhere-yet-but-here'],
    ['runs', 'rm', 'runs/stopped', '--yes'],
  ]) {
    writeTree(folder, { 'nowhere-yet-but-here/readme.txt': 'no run' });
    const { stderr } = await quietly(...line);
    assert.is(stderr, '', line.join(' '));
  }
});

test('what goes wrong is still said: errors, and what of many could not be read', async () => {
  const wrong = await quietly('train', 'lenet6');
  assert.is(wrong.code, 2);
  assert.match(wrong.stderr, /^There is no model "lenet6" in the zoo\. Did you mean/);
  writeTree(folder, { 'runs/damaged/run.json': '{', 'runs/damaged/config.yaml': 'input: 3' });
  const damaged = await quietly('runs');
  assert.is(damaged.code, 1);
  assert.match(damaged.stderr, /^runs\/damaged cannot be read: .*\n$/);
});

test('warnings that a result is not what was asked for are still said, and nothing else', async () => {
  const pictures = {
    ...(await classOf('pets/train/cat', 4, 10)),
    ...(await classOf('pets/train/dog', 4, 60)),
    ...(await classOf('pets/test/cat', 1, 110)),
    ...(await classOf('pets/test/dog', 1, 160)),
    'pets/train/dog/broken.png': 'no picture',
  };
  writeTree(folder, pictures);
  const shown = ['--classes', '2', '--epochs', '1', '--batch-size', '4'];
  const { code, stderr } = await quietly('train', 'lenet5', '--dataset', 'pets', ...shown);
  assert.is(code, 0, stderr);
  assert.match(stderr, /^warning: .*broken\.png.*\n$/);
});

test.run();
