import * as z from 'zod';

/** Settings that every optimizer has; `learningRate` needs a default of its own. */
export const commonSettings = {
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe('Adds weightDecay * weight to the gradient of every kernel (not of biases).'),
};

export const learningRate = z.number().positive().describe('The step size before any schedule.');

export const epsilon = z
  .number()
  .positive()
  .default(1e-7)
  .describe('Added to the root of the mean square, so that small ones do not make steps too large.');
