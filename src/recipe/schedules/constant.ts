import * as z from 'zod';
import type { Schedule } from './schedule.js';
import { warmupSetting } from './warmup.js';

const schema = z.strictObject({ ...warmupSetting });

/** The learning rate stays as it is. */
export const constant: Schedule<typeof schema> = { schema, factor: () => 1 };
