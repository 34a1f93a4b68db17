import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LIMIT } from '../../src/cli/values.js';
import { openRun } from '../../src/runs/run-reader.js';
import { cnnzoo } from '../support/cli.js';
import { thrown } from '../support/files/small-data.js';
import { temporaryFolder } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

const test = suite('limits of training and test images');
const folder = temporaryFolder();
const model = writeModel(folder);

test('one number is for both, two are for training and for test', () => {
  assert.equal([LIMIT.parse('60', '--limit'), LIMIT.parse('60,20', '--limit')], [60, [60, 20]]);
  assert.throws(() => LIMIT.parse('60,20,5', '--limit'), /two, for training and for test, such as 5000,1000/);
  assert.throws(() => LIMIT.parse('60,0', '--limit'), '--limit must be a whole number of at least 1, got 0.');
});

test('a run uses so many of each, says so, and resumes and reruns with them', async () => {
  const dir = join(folder, 'run');
  await trainHere({ model, limit: [60, 20], set: ['training.validationSplit=0.25'], runDir: dir });
  const { dataset, test: tested } = openRun(dir).info;
  assert.equal(
    [dataset.limit, dataset.trainImages, dataset.validationImages, dataset.testImages, tested!.images],
    [[60, 20], 45, 15, 20, 20],
  );
  assert.is(readFileSync(join(dir, 'predictions.csv'), 'utf8').trim().split('\n').length, 21);
  const longer = await trainHere({ resume: dir, epochs: 3, limit: [60, 20] });
  assert.is(longer.error, undefined);
  const refused = await thrown(trainHere({ resume: dir, epochs: 4, limit: [60, 30] }));
  assert.match(String(refused), /limit 60,20, not 60,30/);
});

test('compare evaluates such a run on its own test images', async () => {
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'compare',
    'run',
    '--columns',
    'name,trainImages,testImages',
    '--json',
  ]);
  assert.is(code, 0, stderr);
  const [row] = (JSON.parse(stdout) as { rows: { trainImages: number; testImages: number }[] }).rows;
  assert.equal([row!.trainImages, row!.testImages], [45, 20]);
});

test.run();
