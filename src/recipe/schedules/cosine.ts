import * as z from 'zod';
import type { Schedule } from './schedule.js';
import { warmupSetting } from './warmup.js';

const schema = z.strictObject({ ...warmupSetting });

/** From the learning rate to 0 along half a cosine: (1 + cos(pi * update / updates)) / 2 (Loshchilov and Hutter 2016). */
export const cosine: Schedule<typeof schema> = {
  schema,
  factor: (_settings, { update, updates }) => (1 + Math.cos((Math.PI * update) / updates)) / 2,
};
