import { z } from 'zod';
import type { Optimizer } from './optimizer.js';
import { commonSettings, learningRate } from './settings.js';

const schema = z.strictObject({
  learningRate: learningRate.default(0.01),
  momentum: z.number().min(0).max(1).default(0).describe('The share of the last step that each step keeps.'),
  nesterov: z
    .boolean()
    .default(false)
    .describe('Looks ahead along the momentum (Nesterov 1983, as in Sutskever et al. 2013).'),
  ...commonSettings,
});

/** Stochastic gradient descent with momentum, as Keras has it: v = momentum * v - rate * g; w = w + v. */
export const sgd: Optimizer<typeof schema> = {
  schema,
  slots: (settings) => (settings.momentum > 0 ? ['velocity'] : []),
  stepSize: (_settings, rate) => rate,
  update(math, settings, { weight, gradient, slots, stepSize }) {
    const step = math.mul(gradient, stepSize);
    const [velocity] = slots;
    if (velocity === undefined) return { weight: math.sub(weight, step), slots: [] };
    const momentum = math.constant(settings.momentum);
    const next = math.sub(math.mul(velocity, momentum), step);
    const move = settings.nesterov ? math.sub(math.mul(next, momentum), step) : next;
    return { weight: math.add(weight, move), slots: [next] };
  },
};
