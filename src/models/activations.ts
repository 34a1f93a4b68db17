import { z } from 'zod';

export const ACTIVATIONS = ['linear', 'relu', 'tanh', 'sigmoid', 'softmax'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** softmax runs over the channels (the last axis), the others act on each value. */
export const activationSchema = z.enum(ACTIVATIONS).describe('The function applied to the output.');
