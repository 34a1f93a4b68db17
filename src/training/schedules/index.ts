import { constant } from './constant.js';
import { cosine } from './cosine.js';
import type { Schedule, ScheduleConfig, UpdatePlace } from './schedule.js';
import { step } from './step.js';

/** Every schedule by its name in a config. */
export const SCHEDULES = { constant, cosine, step } as const;

/** The learning rate of one update. */
export function scheduledRate(learningRate: number, config: ScheduleConfig, place: UpdatePlace): number {
  const schedule = SCHEDULES[config.name] as unknown as Schedule<never>;
  return learningRate * schedule.factor(config as never, place);
}
