import * as z from 'zod';
import { type Block, itemsOf } from './block.js';

export interface Auxiliary {
  weight: number;
  layers: unknown[];
}

/**
 * `auxiliary: { weight: 0.3, layers: [...] }`: a further classifier that reads what comes before it. Its loss counts in
 * training with the given weight; afterwards it is left out (Szegedy et al. 2014, section 5).
 */
export const auxiliary: Block<Auxiliary> = {
  description: 'A further classifier on the way, whose loss counts in training; it is left out afterwards.',
  schema: (item) =>
    z.strictObject({
      weight: z.number().positive().default(0.3).describe('What its loss is multiplied by.'),
      layers: z.array(item).min(1).describe('From what comes before it to class probabilities.'),
    }) as unknown as z.ZodType<Auxiliary>,
  expand: ({ weight, layers }, path) => [{ aside: itemsOf(layers, [...path, 'layers']), weight }],
};
