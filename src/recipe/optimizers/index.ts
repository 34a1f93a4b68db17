import type * as z from 'zod';
import { type Named, namedSchema } from '../named.js';
import { adam } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

/** Every optimizer by its name in a config. */
export const OPTIMIZERS = { sgd, rmsprop, adam } as const;

/** An optimizer's name and settings, as in a config: `{ name: 'rmsprop', learningRate: 0.001, rho: 0.9, epsilon: 1e-7 }`. */
export type OptimizerConfig = Named<typeof OPTIMIZERS>;

/** An optimizer's name and settings; `optimizer: sgd` alone is made into this before. */
export const optimizerSchema = namedSchema(OPTIMIZERS);

/** The optimizer that a config names, for its own settings. */
export function optimizerNamed({ name }: OptimizerConfig): Optimizer<z.ZodType<OptimizerConfig>> {
  return OPTIMIZERS[name] as unknown as Optimizer<z.ZodType<OptimizerConfig>>;
}
