import type { Arithmetic } from './optimizer.js';

/**
 * keep * mean + (1 - keep) * value, computed as (1 - keep) * (value + keep / (1 - keep) * mean): the sum can take the
 * value's memory, see `addScaled`.
 */
export function runningMean<T>(math: Arithmetic<T>, mean: T, value: T, keep: number): T {
  const sum = math.addScaled(value, mean, math.constant(keep / (1 - keep)));
  return math.mul(sum, math.constant(1 - keep));
}
