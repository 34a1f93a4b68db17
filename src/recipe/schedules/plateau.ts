import * as z from 'zod';
import type { Schedule } from './schedule.js';
import { warmupSetting } from './warmup.js';

const schema = z.strictObject({
  patience: z
    .int()
    .min(1)
    .default(3)
    .describe('Epochs without a better loss before the learning rate falls.'),
  factor: z.number().positive().default(0.1).describe('What the learning rate is multiplied by then.'),
  ...warmupSetting,
});

/**
 * The learning rate falls whenever the loss has not become better for `patience` epochs: the validation loss where images
 * are kept aside, else the training loss. It follows from the epochs that are done alone, so a resumed run goes on the same.
 */
export const plateau: Schedule<typeof schema> = {
  schema,
  factor({ patience, factor }, { history }) {
    let falls = 0;
    let waited = 0;
    let best = Number.POSITIVE_INFINITY;
    for (const { loss, validationLoss } of history) {
      const current = validationLoss ?? loss;
      waited = current < best ? 0 : waited + 1;
      best = Math.min(best, current);
      if (waited < patience) continue;
      falls++;
      waited = 0;
    }
    return factor ** falls;
  },
};
