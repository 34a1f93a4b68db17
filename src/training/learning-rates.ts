import type { TrainingConfig } from '../models/schema.js';
import { scheduledRate } from './schedules/index.js';

/** The learning rate of each update of a run, counted from 0. */
export function learningRates(
  { epochs, optimizer, schedule }: TrainingConfig,
  updatesPerEpoch: number,
): (update: number) => number {
  const updates = epochs * updatesPerEpoch;
  return (update) => scheduledRate(optimizer.learningRate, schedule, { update, updatesPerEpoch, updates });
}
