import { minOf } from '../../base/extremes.js';
import type { BenchRow } from './cells.js';

/** 1, 2, 4, ... and `most` itself. */
export function threadCounts(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

/** What the model of threads says of one cell; `expectedMs` are milliseconds a step. */
export interface ThreadModel {
  /** As many as are taken where nobody asks for a number. */
  readonly chosen: number;
  expectedMs(threads: number): number;
}

/** A cell measured with one number of threads. */
export interface ScalingRow extends BenchRow {
  readonly threads: number;
  /** Images/s over those with one thread. */
  readonly speedUp: number;
  /** That over the number of threads: 1 where each brings as much as the first. */
  readonly efficiency: number;
  /** By the model; null where it says nothing of the engine and device. */
  readonly expectedMs: number | null;
  /** Of this cell. */
  readonly isFastest: boolean;
  /** Whether the model takes so many; null where it says nothing. */
  readonly isChosen: boolean | null;
}

/** @param rows of one cell, the first of them with one thread */
export function scalingRows(rows: readonly BenchRow[], model: ThreadModel | null): ScalingRow[] {
  const [single] = rows;
  const least = minOf(rows.map(({ msPerStep }) => msPerStep));
  return rows.map((row) => {
    const { msPerStep } = row;
    const threads = row.threads ?? 1;
    const speedUp = single!.msPerStep / msPerStep;
    return {
      ...row,
      threads,
      speedUp,
      efficiency: speedUp / threads,
      expectedMs: model?.expectedMs(threads) ?? null,
      isFastest: msPerStep === least,
      isChosen: model && model.chosen === threads,
    };
  });
}
