import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import '../../../support/flags.js';
import { command } from '../../../../src/commands/runs/train.js';
import { placeTraining } from '../../../../src/ui/studio/services/place-training.js';
import { temporaryFolder } from '../../../support/folders.js';

const place = (line: string, folder = 'runs', taken: readonly string[] = []) =>
  placeTraining(['train', ...line.split(' ')], command, { folder, taken });

async function problemOf(line: string): Promise<string> {
  try {
    await place(line);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${line} was taken`);
}

test('a run is called after its model, wherever that stands, and lies in the folder as the watch names it', async () => {
  for (const folder of ['runs', 'runs/', './runs', '.']) {
    const { dir, words } = await place('--epochs 5 lenet5 --early-stopping', folder);
    assert.match(dir, folder === '.' ? /^lenet5-\d{8}-\d{6}$/ : /^runs\/lenet5-\d{8}-\d{6}$/);
    assert.equal(words, ['train', '--epochs', '5', 'lenet5', '--early-stopping', '--run-dir', dir]);
  }
  const { dir, words } = await place('--seed 3 -- mnist-mlp');
  assert.match(dir, /^runs\/mnist-mlp-/);
  assert.equal(words, ['train', '--seed', '3', '--run-dir', dir, '--', 'mnist-mlp']);
});

test('no two runs get the same folder', async () => {
  const folder = temporaryFolder();
  const dirs: string[] = [];
  for (let i = 0; i < 3; i++) dirs.push((await place('lenet5', folder, dirs)).dir);
  assert.is(new Set(dirs).size, 3);
  mkdirSync(dirs[0]!);
  assert.is.not((await place('lenet5', folder)).dir, dirs[0]);
});

test('a folder that is named is known as the watch names it; one elsewhere as it is', async () => {
  for (const typed of ['runs/x', './runs//x', resolve('runs/x')]) {
    const { dir, words } = await place(`lenet5 --run-dir ${typed}`);
    assert.is(dir, join('runs', 'x'));
    assert.is(words.at(-1), typed);
    const resumed = await place(`--resume ${typed} --epochs 9`);
    assert.is(resumed.dir, join('runs', 'x'));
    assert.is(resumed.isResumed, true);
  }
  assert.is((await place('lenet5 --runDir=../x')).dir, '../x');
});

test('what the command would refuse is refused at once, in its words', async () => {
  assert.match(await problemOf('lenet5 --epoch 3'), /no option --epoch for train.*--epochs/);
  assert.match(await problemOf('lenet5 --epochs 0'), /^--epochs 0: .*at least 1/);
  assert.match(await problemOf('lenet5 --learning-rate fast'), /^--learning-rate fast: .*more than 0/);
  assert.match(await problemOf('lenet5 --limit many'), /^--limit must be/);
  assert.match(await problemOf('lenet6'), /no model "lenet6"/);
  assert.match(await problemOf('lenet5 --dataset mnits'), /^--dataset mnits: .*mean "mnist"/);
  assert.match(await problemOf('lenet5 --dataset ./nowhere'), /^--dataset \.\/nowhere: /);
});

test.run();
