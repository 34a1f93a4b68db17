import * as z from 'zod';

export const ACTIVATIONS = ['linear', 'relu', 'tanh', 'scaledTanh', 'sigmoid', 'softmax', 'softmin'] as const;

/** `negative`, -x, is none that a config can name: it is what softmin takes the softmax of. */
export type Activation = (typeof ACTIVATIONS)[number] | 'negative';

/** softmax and softmin run over the channels (the last axis), the others act on each value. */
export const activationSchema = z
  .enum(ACTIVATIONS)
  .describe(
    'The function applied to the output. scaledTanh is 1.7159 tanh(2x/3) (LeCun et al. 1998); softmin is softmax of the negated values, for distances of which the smallest is the class.',
  );

/** The activations that give probabilities, each with the one that gives the logits which these are the softmax of. */
export const LOGITS_OF: Readonly<Partial<Record<Activation, Activation>>> = {
  softmax: 'linear',
  softmin: 'negative',
};
