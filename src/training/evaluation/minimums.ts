import { setting } from '../../base/text/settings.js';
import type { Goal } from '../settings/goal.js';
import type { Evaluation } from './evaluation.js';

/** What may be asked for. Figures that each class has must be reached by every class. */
const OF_ALL = ['accuracy', 'top5Accuracy'] as const;
const OF_EACH_CLASS = ['precision', 'recall', 'f1'] as const;
export const MINIMUM_METRICS = [...OF_ALL, ...OF_EACH_CLASS] as const;
/** The same in words. */
export const MINIMUM_METRICS_TEXT = `${OF_ALL.join(', ')}, or ${OF_EACH_CLASS.join(', ')} of any class`;
type Metric = (typeof MINIMUM_METRICS)[number];

type Minimum = Goal<Metric>;

/** What falls short, a sentence each. */
export function shortfalls(evaluation: Evaluation, minimums: readonly Minimum[]): string[] {
  return minimums.flatMap(({ metric, value: least, text }) => {
    const { value, of } = lowest(evaluation, metric);
    if (value >= least) return [];
    // Rounded down, so that it never looks like what was asked for.
    const figure = Number.isNaN(value) ? 'not a number' : `only ${Math.floor(value * 1e6) / 1e6}`;
    return [`The ${metric}${of} is ${figure}, but ${setting('min', text)} was asked for.`];
  });
}

function lowest(evaluation: Evaluation, metric: Metric): { value: number; of: string } {
  if (metric === 'accuracy' || metric === 'top5Accuracy') return { value: evaluation[metric], of: '' };
  let worst = { value: Number.POSITIVE_INFINITY, of: '' };
  for (const report of evaluation.perClass) {
    const value = report[metric];
    // A class that has no images and that none is called has no figure to fall short with.
    if (value !== null && value < worst.value) worst = { value, of: ` of class ${report.label}` };
  }
  return worst;
}
