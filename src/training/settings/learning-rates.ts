import type { TrainingConfig } from '../../models/config/schema.js';
import { scheduledRate } from '../../recipe/schedules/index.js';
import type { EpochLosses } from '../../recipe/schedules/schedule.js';

/** The learning rate of an update of a run, counted from 0, after the epochs in `history`. */
export type LearningRates = (update: number, history: readonly EpochLosses[]) => number;

export function learningRates(
  { epochs, optimizer, schedule }: TrainingConfig,
  updatesPerEpoch: number,
): LearningRates {
  const updates = epochs * updatesPerEpoch;
  return (update, history) =>
    scheduledRate(optimizer.learningRate, schedule, { update, updatesPerEpoch, updates, history });
}
