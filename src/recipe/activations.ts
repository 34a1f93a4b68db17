import * as z from 'zod';
import { SCALED_TANH } from './scaled-tanh.js';

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

/** The formulas of the activations that act on each value by itself. */
export const VALUE_OF: Readonly<Record<Exclude<Activation, 'softmax' | 'softmin'>, (x: number) => number>> = {
  linear: (x) => x,
  negative: (x) => -x,
  relu: (x) => Math.max(0, x),
  tanh: Math.tanh,
  scaledTanh: (x) => SCALED_TANH.amplitude * Math.tanh(SCALED_TANH.slope * x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/** Their slopes, from their own output y: what a gradient is multiplied by on its way back. */
export const SLOPE_OF: Readonly<Record<keyof typeof VALUE_OF, (y: number) => number>> = {
  linear: () => 1,
  negative: () => -1,
  relu: (y) => (y > 0 ? 1 : 0),
  tanh: (y) => 1 - y * y,
  scaledTanh: (y) => SCALED_TANH.slope * SCALED_TANH.amplitude * (1 - (y / SCALED_TANH.amplitude) ** 2),
  sigmoid: (y) => y * (1 - y),
};
