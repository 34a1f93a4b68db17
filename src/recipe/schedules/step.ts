import * as z from 'zod';
import type { Schedule } from './schedule.js';
import { warmupSetting } from './warmup.js';

const schema = z.strictObject({
  every: z.int().min(1).describe('Epochs between one step and the next.'),
  factor: z
    .number()
    .positive()
    .default(0.1)
    .describe('What the learning rate is multiplied by at each step.'),
  ...warmupSetting,
});

/** The learning rate times factor^n after n * every epochs. */
export const step: Schedule<typeof schema> = {
  schema,
  factor: ({ every, factor }, { update, updatesPerEpoch }) =>
    factor ** Math.floor(Math.floor(update / updatesPerEpoch) / every),
};
