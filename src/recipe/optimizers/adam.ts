import * as z from 'zod';
import type { Optimizer } from './optimizer.js';
import { runningMean } from './running-mean.js';
import { commonSettings, epsilon, learningRate } from './settings.js';

const schema = z.strictObject({
  learningRate: learningRate.default(0.001),
  beta1: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe('How much of the running mean of gradients each step keeps.'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('The same for the squared gradients.'),
  epsilon,
  ...commonSettings,
});

/**
 * Adam (Kingma and Ba 2014) in the form of its section 2's last paragraph, which Keras uses:
 * m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
 * w = w - rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon).
 */
export const adam: Optimizer<typeof schema> = {
  schema,
  slots: () => ['mean', 'meanSquare'],
  stepSize: (settings, rate, step) =>
    (rate * Math.sqrt(1 - settings.beta2 ** step)) / (1 - settings.beta1 ** step),
  update(math, settings, { weight, gradient, slots, stepSize }) {
    const { beta1, beta2, epsilon } = settings;
    const mean = runningMean(math, slots[0]!, gradient, beta1);
    const meanSquare = runningMean(math, slots[1]!, math.mul(gradient, gradient), beta2);
    const root = math.add(math.sqrt(meanSquare), math.constant(epsilon));
    return {
      weight: math.addScaled(weight, math.div(mean, root), math.mul(stepSize, math.constant(-1))),
      slots: [mean, meanSquare],
    };
  },
};
