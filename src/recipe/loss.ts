import * as z from 'zod';
import { type Named, namedSchema } from './named.js';

/** One loss: its settings, and what there is to say of it beyond the logits. */
export interface LossKind<S extends z.ZodType> {
  readonly schema: S;
  /** The logit of the class that no image belongs to; null where it has none. */
  rubbishLogit(settings: z.output<S>): number | null;
}

const crossEntropySchema = z.strictObject({});
const crossEntropy: LossKind<typeof crossEntropySchema> = {
  schema: crossEntropySchema,
  rubbishLogit: () => null,
};

const maximumAPosterioriSchema = z.strictObject({
  j: z
    .number()
    .min(0)
    .default(10)
    .describe(
      'The constant j: as if there were a further class, for rubbish, at this distance. Classes that are further away are not pushed off any more.',
    ),
});
const maximumAPosteriori: LossKind<typeof maximumAPosterioriSchema> = {
  schema: maximumAPosterioriSchema,
  rubbishLogit: ({ j }) => -j,
};

/**
 * Every loss by its name in a config. With the logits z (for distances y: z = -y) and the label's k:
 *
 * - `crossEntropy`: log sum_i e^z_i - z_k
 * - `maximumAPosteriori`: log(e^-j + sum_i e^z_i) - z_k, equation 9 of LeCun et al. 1998 (Proc. IEEE 86(11), section
 *   II-C): the squared distance to the right class, equation 8, and a term by which the other classes compete.
 *
 * So the second is the first with a further class of the constant logit -j that no image belongs to.
 */
export const LOSSES = { crossEntropy, maximumAPosteriori } as const;

/** A loss's name and settings, as in a config: `{ name: 'maximumAPosteriori', j: 10 }`. */
export type Loss = Named<typeof LOSSES>;

/** What training makes small, by name. */
export const lossSchema = namedSchema(LOSSES);

/** The logit of the class that no image belongs to; null where the loss has none. */
export function rubbishLogit(loss: Loss): number | null {
  return (LOSSES[loss.name] as LossKind<z.ZodType>).rubbishLogit(loss);
}
