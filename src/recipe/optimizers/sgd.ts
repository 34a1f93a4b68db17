import * as z from 'zod';
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

/**
 * Stochastic gradient descent with momentum, as Keras has it: v = momentum * v - rate * g; w = w + v.
 * It is computed as v = -rate * (g - momentum / rate * v), so that the sum can take the gradient's memory: two passes over
 * memory instead of three.
 */
export const sgd: Optimizer<typeof schema> = {
  schema,
  slots: (settings) => (settings.momentum > 0 ? ['velocity'] : []),
  // Never 0, by which the momentum is divided; this much moves no weight.
  stepSize: (_settings, rate) => Math.max(rate, 1e-30),
  update(math, settings, { weight, gradient, slots, stepSize }) {
    const [velocity] = slots;
    if (velocity === undefined) return { weight: math.sub(weight, math.mul(gradient, stepSize)), slots: [] };
    const downhill = math.mul(stepSize, math.constant(-1));
    const kept = math.div(math.constant(settings.momentum), downhill);
    const advance = (v: typeof weight) => math.mul(math.addScaled(gradient, v, kept), downhill);
    const next = advance(velocity);
    const move = settings.nesterov ? advance(next) : next;
    return { weight: math.addScaled(weight, move, math.constant(1)), slots: [next] };
  },
};
