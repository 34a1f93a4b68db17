import * as z from 'zod';

/**
 * How many images a run uses at most: so many of every part, or so many for training (before some of them are kept aside
 * for validation) and so many to be tested on.
 */
export const limitSchema = z.union([z.int(), z.tuple([z.int(), z.int()]).readonly()]);
export type Limit = number | readonly [train: number, test: number];

/** What a limit says of a part; undefined where there is none. Validation images are limited as training images are. */
export function limitOf(limit: Limit | null | undefined, part: 'train' | 'test'): number | undefined {
  if (typeof limit === 'number') return limit;
  return limit?.[part === 'train' ? 0 : 1];
}

/** As it is typed: `5000`, or `5000,1000`. */
export function limitText(limit: Limit): string {
  return String(limit);
}

/** Equal for runs that are tested on the same images in the same order. */
export function testKey({
  dataset,
}: {
  readonly dataset: { readonly identity: string; readonly testImages: number };
}): string {
  return `${dataset.identity} ${dataset.testImages}`;
}
