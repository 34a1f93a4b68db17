import { UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { listed } from '../../base/text/words.js';

/** A figure that is to reach a value, as it was typed behind a flag: `accuracy=0.98`. */
export interface Goal<M extends string> {
  readonly metric: M;
  readonly value: number;
  readonly text: string;
}

/** Losses are to fall to a value of at least 0; everything else is to rise to one from 0 to 1. */
export function isLoss(metric: string): boolean {
  return /loss$/i.test(metric);
}

/** @throws UsageError for what is none of `metrics` with a value that it can have. */
export function readGoal<M extends string>(flag: string, text: string, metrics: readonly M[]): Goal<M> {
  const [name = '', value = '', ...more] = text.split('=');
  const metric = metrics.find((known) => known === name);
  if (metric === undefined) {
    const close = nearest(name, metrics);
    throw new UsageError(
      `${flag} ${text}: there is no metric "${name}". ${close ? `Did you mean "${close}"?` : `There are ${listed(metrics)}.`}`,
    );
  }
  const number = value.trim() === '' || more.length > 0 ? Number.NaN : Number(value);
  const most = isLoss(metric) ? Number.MAX_VALUE : 1;
  if (!(number >= 0 && number <= most)) {
    const range = isLoss(metric) ? 'of at least 0' : 'from 0 to 1';
    const example = isLoss(metric) ? 0.05 : 0.98;
    throw new UsageError(`${flag} ${text}: a value ${range} was expected, such as ${metric}=${example}.`);
  }
  return { metric, value: number, text };
}
