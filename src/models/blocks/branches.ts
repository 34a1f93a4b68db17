import * as z from 'zod';
import { type Block, itemsOf } from './block.js';

export interface Branches {
  paths: unknown[][];
  join: 'concatenate' | 'add';
}

/** `branches: { paths: [[...], [...]], join: add }`: several ways from the same input, joined; an empty way is the input. */
export const branches: Block<Branches> = {
  description: 'Several ways from the same input, joined at their ends; an empty way is the input itself.',
  schema: (item) =>
    z.strictObject({
      paths: z.array(z.array(item)).min(2).describe('A list of layers for each way.'),
      join: z.enum(['concatenate', 'add']).default('concatenate').describe('The layer at their ends.'),
    }) as unknown as z.ZodType<Branches>,
  expand: ({ paths, join }, path) => [
    {
      branches: paths.map((layers, index) => itemsOf(layers, [...path, 'paths', index])),
      join: { value: { [join]: {} }, path },
    },
  ],
};
