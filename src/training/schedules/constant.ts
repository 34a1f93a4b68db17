import { z } from 'zod';
import type { Schedule } from './schedule.js';

const schema = z.strictObject({});

/** The learning rate stays as it is. */
export const constant: Schedule<typeof schema> = { schema, factor: () => 1 };
