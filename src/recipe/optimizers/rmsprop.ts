import * as z from 'zod';
import type { Optimizer } from './optimizer.js';
import { runningMean } from './running-mean.js';
import { commonSettings, epsilon, learningRate } from './settings.js';

const schema = z.strictObject({
  learningRate: learningRate.default(0.001),
  rho: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe('How much of the running mean of squared gradients each step keeps.'),
  epsilon,
  ...commonSettings,
});

/** RMSprop (Hinton's lecture 6e), as Keras has it: a = rho * a + (1 - rho) * g^2; w = w - rate * g / (sqrt(a) + epsilon). */
export const rmsprop: Optimizer<typeof schema> = {
  schema,
  slots: () => ['meanSquare'],
  stepSize: (_settings, rate) => rate,
  update(math, settings, { weight, gradient, slots, stepSize }) {
    const meanSquare = runningMean(math, slots[0]!, math.mul(gradient, gradient), settings.rho);
    const root = math.add(math.sqrt(meanSquare), math.constant(settings.epsilon));
    return {
      weight: math.addScaled(weight, math.div(gradient, root), math.mul(stepSize, math.constant(-1))),
      slots: [meanSquare],
    };
  },
};
