import { z } from 'zod';

/** Settings that every optimizer has; `learningRate` needs a default of its own. */
export const commonSettings = {
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe('Adds weightDecay * weight to the gradient of every kernel (not of biases).'),
};

export const learningRate = z.number().positive().describe('The step size before any schedule.');
