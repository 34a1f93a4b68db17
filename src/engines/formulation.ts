import { UsageError } from '../base/errors.js';

/** How products of convolutions are computed: each output by its own sum of products, or tiles of outputs by Winograd's filtering. */
export const FORMULATIONS = ['direct', 'winograd-2x2', 'winograd-4x4'] as const;

/** One of them. */
export type Formulation = (typeof FORMULATIONS)[number];

/** Winograd's: F(2x2, 3x3) and F(4x4, 3x3). */
export type Filtering = Exclude<Formulation, 'direct'>;

/**
 * What the environment variable CNNZOO_FORMULATION asks for, of all convolutions that it suits; undefined for the fastest.
 * @throws UsageError where it names none
 */
export function wantedFormulation(): Formulation | undefined {
  const wish = process.env.CNNZOO_FORMULATION ?? '';
  if (wish === '' || wish === 'auto') return undefined;
  const found = FORMULATIONS.find((name) => name === wish);
  if (found) return found;
  throw new UsageError(`CNNZOO_FORMULATION is "${wish}": it can be auto, ${FORMULATIONS.join(', ')}.`);
}
