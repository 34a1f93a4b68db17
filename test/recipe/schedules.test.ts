import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel } from '../../src/models/zoo.js';
import { scheduledRate } from '../../src/recipe/schedules/index.js';

const place = (update: number) => ({ update, updatesPerEpoch: 10, updates: 40, history: [] });
const rates = (config: Parameters<typeof scheduledRate>[1], ...updates: number[]) =>
  updates.map((update) => Number(scheduledRate(0.5, config, place(update)).toFixed(6)));

test('a constant schedule leaves the rate alone', () => {
  assert.equal(rates({ name: 'constant', warmup: 0 }, 0, 39), [0.5, 0.5]);
});

test('a cosine schedule falls from the rate to 0', () => {
  assert.equal(rates({ name: 'cosine', warmup: 0 }, 0, 10, 20, 30, 40), [0.5, 0.426777, 0.25, 0.073223, 0]);
});

test('a step schedule steps between epochs', () => {
  assert.equal(
    rates({ name: 'step', every: 2, factor: 0.1, warmup: 0 }, 0, 19, 20, 39),
    [0.5, 0.5, 0.05, 0.05],
  );
});

test('a warm-up rises to the rate and leaves it to the schedule', () => {
  assert.equal(rates({ name: 'constant', warmup: 2 }, 0, 9, 19, 20, 39), [0.025, 0.25, 0.5, 0.5, 0.5]);
});

test('a plateau lowers the rate when the loss stays, the validation loss where there is one', () => {
  const config = { name: 'plateau', patience: 2, factor: 0.1, warmup: 0 } as const;
  const after = (losses: number[], validation = false) => {
    const history = losses.map((loss) =>
      validation ? { loss: 0, validationLoss: loss } : { loss, validationLoss: null },
    );
    return Number(scheduledRate(0.5, config, { ...place(0), history }).toFixed(6));
  };
  assert.is(after([]), 0.5);
  assert.is(after([3, 2, 2]), 0.5);
  assert.is(after([3, 2, 2, 2.1]), 0.05);
  assert.is(after([3, 2, 2, 2.1, 1.9, 1.8]), 0.05);
  assert.is(after([3, 2, 2, 2.1, 2, 2]), 0.005);
  assert.is(after([3, 2, 2, 2.1], true), 0.05);
});

test('a config may name a schedule alone', () => {
  const { schedule } = loadModel('lenet5').config.training;
  assert.equal(schedule, { name: 'cosine', warmup: 0 });
});

test.run();
