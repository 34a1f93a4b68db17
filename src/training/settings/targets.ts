import { UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import type { EpochRecord } from '../../runs/progress.js';
import type { TestResult } from '../../runs/run-info.js';
import { type Goal, isLoss, readGoal } from './goal.js';

/** What `until` may ask for: the figures of an epoch, and those of the test images after it. */
export const TARGET_METRICS = [
  'accuracy',
  'loss',
  'validationAccuracy',
  'validationLoss',
  'testAccuracy',
  'testLoss',
] as const;
type Metric = (typeof TARGET_METRICS)[number];

/** A figure with which training is done: `testAccuracy=0.99`. */
export type Target = Goal<Metric>;

/** A target as a run folder keeps it, `testAccuracy=0.99`. @throws UsageError for what is no metric with a value */
export function readTarget(text: string): Target {
  return readGoal(setting('until'), text, TARGET_METRICS);
}

/**
 * @param mayValidate whether there may be images to validate on
 * @throws UsageError for a target on validation images where there are none.
 */
export function requireTargetImages(targets: readonly Target[], mayValidate: boolean): void {
  const wanting = targets.find(({ metric }) => metric.startsWith('validation'));
  if (wanting === undefined || mayValidate) return;
  throw new UsageError(
    `${setting('until', wanting.text)} looks at validation images, but none are kept aside: add ${setting('validationSplit', 0.1)}.`,
  );
}

/** Whether the test images must be looked at after each epoch. */
export function needsTest(targets: readonly Target[]): boolean {
  return targets.some(({ metric }) => metric.startsWith('test'));
}

/** How the targets stand after an epoch: all of them must be reached together. */
interface Standing {
  readonly reached: boolean;
  /** For people: `testAccuracy 0.9873 of 0.99`. */
  readonly text: string;
}

/** @param test null where no target needs it */
export function standingOf(
  targets: readonly Target[],
  { loss, accuracy, validationLoss, validationAccuracy }: EpochRecord,
  test: TestResult | null,
): Standing {
  const figures: Record<Metric, number | null> = {
    loss,
    accuracy,
    validationLoss,
    validationAccuracy,
    testLoss: test?.loss ?? null,
    testAccuracy: test?.accuracy ?? null,
  };
  const isReached = ({ metric, value }: Target): boolean => {
    const figure = figures[metric];
    return figure !== null && (isLoss(metric) ? figure <= value : figure >= value);
  };
  const words = targets.map((target) => {
    const figure = figures[target.metric];
    return `${target.metric} ${figure === null ? 'unknown' : Number(figure.toFixed(6))} of ${target.value}`;
  });
  return { reached: targets.length > 0 && targets.every(isReached), text: words.join(', ') };
}
