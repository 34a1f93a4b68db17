import * as z from 'zod';
import type { UpdatePlace } from './schedule.js';

/** A setting that every schedule has. */
export const warmupSetting = {
  warmup: z.number().min(0).default(0).describe('Epochs over which the learning rate rises from 0, evenly.'),
};

/** What a warm-up multiplies the learning rate by: from 1 / n at the first of its n updates to 1 (Goyal et al. 2017). */
export function warmupFactor(
  { warmup }: { warmup: number },
  { update, updatesPerEpoch }: UpdatePlace,
): number {
  const updates = warmup * updatesPerEpoch;
  return updates > 0 ? Math.min(1, (update + 1) / updates) : 1;
}
