import { type Goal, readGoal } from '../training/settings/goal.js';
import type { Value } from './values.js';

/** A figure that is to reach a value: `accuracy=0.98`. */
export function goal<const M extends string>(metrics: readonly M[]): Value<Goal<M>> {
  return {
    placeholder: 'FIGURE=VALUE',
    completes: { choices: metrics.map((metric) => `${metric}=`) },
    parse: (given, flag) => readGoal(flag, given, metrics),
  };
}
