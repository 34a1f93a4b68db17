import { UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Evaluation } from './evaluation.js';

/** A figure that must reach a value: `accuracy=0.98`. */
export interface Minimum {
  readonly metric: Metric;
  readonly least: number;
  /** As it was typed. */
  readonly text: string;
}

/** What may be asked for. Figures that each class has must be reached by every class. */
const METRICS = ['accuracy', 'top5Accuracy', 'precision', 'recall', 'f1'] as const;
type Metric = (typeof METRICS)[number];

/** @throws UsageError for what is no metric with a value from 0 to 1. */
export function readMinimum(text: string): Minimum {
  const [name = '', value = '', ...more] = text.split('=');
  const metric = METRICS.find((known) => known === name);
  if (metric === undefined) {
    const close = nearest(name, METRICS);
    const known = `${METRICS.slice(0, -1).join(', ')} and ${METRICS.at(-1)}`;
    throw new UsageError(
      `--min ${text}: there is no metric "${name}". ${close ? `Did you mean "${close}"?` : `There are ${known}.`}`,
    );
  }
  const least = value.trim() === '' || more.length > 0 ? Number.NaN : Number(value);
  if (!(least >= 0 && least <= 1)) {
    throw new UsageError(`--min ${text}: a value from 0 to 1 was expected, such as ${metric}=0.98.`);
  }
  return { metric, least, text };
}

/** What falls short, a sentence each. */
export function shortfalls(evaluation: Evaluation, minimums: readonly Minimum[]): string[] {
  return minimums.flatMap(({ metric, least, text }) => {
    const { value, of } = lowest(evaluation, metric);
    if (value >= least) return [];
    // Rounded down, so that it never looks like what was asked for.
    const figure = Number.isNaN(value) ? 'not a number' : `only ${Math.floor(value * 1e6) / 1e6}`;
    return [`The ${metric}${of} is ${figure}, but --min ${text} was asked for.`];
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
