import { type Named, namedSchema } from '../named.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { plateau } from './plateau.js';
import type { Schedule, UpdatePlace } from './schedule.js';
import { step } from './step.js';
import { warmupFactor } from './warmup.js';

/** Every schedule by its name in a config. */
export const SCHEDULES = { constant, cosine, step, plateau } as const;

/** A schedule's name and settings, as in a config: `{ name: cosine }`. */
type ScheduleConfig = Named<typeof SCHEDULES>;

/** `schedule: cosine`, or a mapping with its name and settings. */
export const scheduleSchema = namedSchema(SCHEDULES);

/** The learning rate of one update. */
export function scheduledRate(learningRate: number, config: ScheduleConfig, place: UpdatePlace): number {
  const schedule = SCHEDULES[config.name] as unknown as Schedule<never>;
  return learningRate * warmupFactor(config, place) * schedule.factor(config as never, place);
}
