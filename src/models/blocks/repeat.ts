import * as z from 'zod';
import { type Block, itemsOf } from './block.js';

export interface Repeat {
  times: number;
  layers: unknown[];
}

/** `repeat: { times: 3, layers: [...] }`: the same layers several times, each time with weights of their own. */
export const repeat: Block<Repeat> = {
  description: 'The same layers several times over, each time with weights of their own.',
  schema: (item) =>
    z.strictObject({
      times: z.int().min(1).max(1000).describe('How often.'),
      layers: z.array(item).min(1).describe('What is repeated.'),
    }) as unknown as z.ZodType<Repeat>,
  expand: ({ layers }, path) => itemsOf(layers, [...path, 'layers']),
  times: ({ times }) => times,
};
