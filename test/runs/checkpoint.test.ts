import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeWhole, writeWholeText } from '../../src/base/files/files.js';
import type { Tensors } from '../../src/base/tensor.js';
import {
  type Checkpoint,
  readCheckpoint,
  readWeights,
  writeCheckpoint,
  writeWeights,
} from '../../src/runs/checkpoint.js';
import { bestEpochOf, type EpochRecord, isPatienceOver, NO_PROGRESS } from '../../src/runs/progress.js';
import { writeSafetensors } from '../../src/runs/safetensors.js';
import { temporaryFolder } from '../support/folders.js';

const folder = temporaryFolder();
const writing = { what: 'the checkpoint', rescue: 'Nothing is lost.' };

function tensor(...values: number[]): { shape: number[]; data: Float32Array } {
  return { shape: [values.length], data: Float32Array.from(values) };
}

const weights: Tensors = new Map([
  ['optimizer/kernel', tensor(1, 2)],
  ['optimizer/bias', tensor(3)],
]);
const slots: Tensors = new Map([
  ['optimizer/kernel/velocity', tensor(4, 5)],
  ['optimizer/bias/velocity', tensor(6)],
]);
const checkpoint: Checkpoint = {
  state: { weights, slots, step: 12 },
  progress: { ...NO_PROGRESS, epoch: 1, step: 3, epochSums: { loss: 1 / 3, correct: 2, images: 30 } },
};

test('a checkpoint keeps weights, slots and progress, also of a layer called "optimizer"', async () => {
  const path = join(folder, 'round.safetensors');
  await writeCheckpoint(path, checkpoint, 'tiny', writing);
  assert.equal(await readCheckpoint(path), checkpoint);
});

test('slots stand beside the weights under readable names', async () => {
  const path = join(folder, 'names.safetensors');
  await writeCheckpoint(path, checkpoint, 'tiny', writing);
  const header = readFileSync(path, 'latin1');
  assert.ok(header.includes('"optimizer/optimizer/kernel/velocity"'));
  assert.ok(header.includes('"model":"tiny"'));
});

test('weights say what they are', async () => {
  const path = join(folder, 'weights.safetensors');
  const saved = { weights, kind: 'best' as const, epoch: 4, step: 0 };
  await writeWeights(path, saved, 'tiny', writing);
  assert.equal(await readWeights(path), saved);
});

test('a checkpoint that is not one of ours is refused', async () => {
  const path = join(folder, 'foreign.safetensors');
  const write = (metadata: Record<string, string>) =>
    writeWhole(path, writing, (handle) => writeSafetensors(handle, weights, metadata));
  const message = () =>
    readCheckpoint(path).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  await write({});
  assert.is(await message(), `${path} was not written by cnnzoo: its metadata names no format.`);
  await write({ format: '9' });
  assert.is(
    await message(),
    `${path} was written by another version of cnnzoo (format 9, this one reads 1).`,
  );
  await write({ format: '1' });
  assert.is(await message(), `${path} is damaged: its number of updates is missing.`);
  await write({ format: '1', updates: '3', progress: '{"epoch":1}' });
  assert.match(await message(), /is damaged: its progress cannot be read/);
});

test('a write that fails leaves the old file and no other', async () => {
  const path = join(folder, 'whole', 'file.txt');
  const missing = await writeWholeText(path, writing, 'x').catch((error: Error) => error.message);
  assert.is(
    missing,
    `The checkpoint could not be written to ${path}: there is no folder ${join(folder, 'whole')}. Nothing is lost.`,
  );

  const there = join(folder, 'kept.txt');
  writeFileSync(there, 'old');
  const before = readdirSync(folder);
  const failure = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const full = await writeWhole(there, writing, async (handle) => {
    await handle.writeFile('half of the n');
    throw failure;
  }).catch((error: Error) => error.message);
  assert.is(full, `The checkpoint could not be written to ${there}: the disk is full. Nothing is lost.`);
  assert.is(readFileSync(there, 'utf8'), 'old');
  assert.equal(readdirSync(folder), before);
  await writeWholeText(there, writing, 'new');
  assert.is(readFileSync(there, 'utf8'), 'new');
  assert.equal(readdirSync(folder), before);
});

test('the best epoch is the first with the lowest validation loss; patience counts from it', () => {
  const history = (...losses: (number | null)[]): EpochRecord[] =>
    losses.map((validationLoss, i) => ({
      epoch: i + 1,
      loss: 0,
      accuracy: 0,
      validationLoss,
      validationAccuracy: null,
      testLoss: null,
      testAccuracy: null,
      seconds: 0,
      imagesPerSecond: 0,
    }));
  assert.is(bestEpochOf([]), null);
  assert.is(bestEpochOf(history(null, null)), null);
  assert.is(bestEpochOf(history(3, 1, 2, 1)), 2);
  assert.is(isPatienceOver(history(3, 1, 2), 2), false);
  assert.is(isPatienceOver(history(3, 1, 2, 1), 2), true);
  assert.is(isPatienceOver(history(null, null, null), 1), false);
});

test.run();
