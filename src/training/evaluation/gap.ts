import { evaluatedGap, type Gap, runningGap } from '../../runs/gap.js';
import type { Run } from '../../runs/run-reader.js';
import type { SplitName } from './splits.js';

/** What was evaluated. */
interface Evaluated {
  readonly split: SplitName;
  /** Of other weights than the run's. */
  readonly weights?: string;
  /** Of the data set. */
  readonly identity: string;
  readonly accuracy: number;
}

/**
 * The gap between training and test accuracy of a run, one of which was evaluated now: of its test images, or of those that
 * it was trained on.
 * @param run null of a model, whose training nobody has seen
 * @returns null where the other one is not known, or the images are not the run's
 */
export function gapOf(run: Run | null, { split, weights, identity, accuracy }: Evaluated): Gap | null {
  if (run === null || weights !== undefined || identity !== run.info.dataset.identity) return null;
  if (split === 'test') return runningGap(run, accuracy);
  const { test } = run.info;
  return split === 'train' && test !== null ? evaluatedGap(run, accuracy, test.accuracy) : null;
}
