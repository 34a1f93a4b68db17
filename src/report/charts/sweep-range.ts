import type { SweepCell } from '../../tasks/compare/sweep.js';

/** The accuracies of a sweep, with their deviations. */
export interface SweepRange {
  readonly low: number;
  readonly high: number;
  /** The highest mean. */
  readonly best: number;
}

export function rangeOf(cells: readonly SweepCell[]): SweepRange {
  let [low, high, best] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const { meanTestAccuracy, testAccuracyDeviation } of cells) {
    const spread = testAccuracyDeviation ?? 0;
    low = Math.min(low, meanTestAccuracy - spread);
    high = Math.max(high, meanTestAccuracy + spread);
    best = Math.max(best, meanTestAccuracy);
  }
  return { low: Math.max(0, low), high: Math.min(1, high), best };
}

/** Where a share lies in the range, from 0 to 1; in the middle where all are the same. */
export function shareOf({ low, high }: SweepRange, value: number): number {
  return high === low ? 0.5 : Math.max(0, Math.min(1, (value - low) / (high - low)));
}
