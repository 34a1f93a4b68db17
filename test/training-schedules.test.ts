import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel } from '../src/models/zoo.js';
import { scheduledRate } from '../src/training/schedules/index.js';

const place = (update: number) => ({ update, updatesPerEpoch: 10, updates: 40 });
const rates = (config: Parameters<typeof scheduledRate>[1], ...updates: number[]) =>
  updates.map((update) => Number(scheduledRate(0.5, config, place(update)).toFixed(6)));

test('a constant schedule leaves the rate alone', () => {
  assert.equal(rates({ name: 'constant' }, 0, 39), [0.5, 0.5]);
});

test('a cosine schedule falls from the rate to 0', () => {
  assert.equal(rates({ name: 'cosine' }, 0, 10, 20, 30, 40), [0.5, 0.426777, 0.25, 0.073223, 0]);
});

test('a step schedule steps between epochs', () => {
  assert.equal(rates({ name: 'step', every: 2, factor: 0.1 }, 0, 19, 20, 39), [0.5, 0.5, 0.05, 0.05]);
});

test('a config may name a schedule alone', () => {
  const { schedule } = loadModel('lenet5').config.training;
  assert.equal(schedule, { name: 'cosine' });
});

test.run();
