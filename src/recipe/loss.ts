import * as z from 'zod';

/** What training makes small, by name. */
export const lossSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('crossEntropy') }),
  z.strictObject({
    name: z.literal('maximumAPosteriori'),
    j: z
      .number()
      .min(0)
      .default(10)
      .describe(
        'The constant j: as if there were a further class, for rubbish, at this distance. Classes that are further away are not pushed off any more.',
      ),
  }),
]);

/**
 * With the logits z (for distances y: z = -y) and the label's k:
 *
 * - `crossEntropy`: log sum_i e^z_i - z_k
 * - `maximumAPosteriori`: log(e^-j + sum_i e^z_i) - z_k, equation 9 of LeCun et al. 1998 (Proc. IEEE 86(11), section
 *   II-C): the squared distance to the right class, equation 8, and a term by which the other classes compete.
 *
 * So the second is the first with a further class of the constant logit -j that no image belongs to.
 */
export type Loss = z.output<typeof lossSchema>;

export const LOSSES = ['crossEntropy', 'maximumAPosteriori'] as const satisfies readonly Loss['name'][];

/** The logit of the class that no image belongs to; null where the loss has none. */
export function rubbishLogit(loss: Loss): number | null {
  return loss.name === 'maximumAPosteriori' ? -loss.j : null;
}
