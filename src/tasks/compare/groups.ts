import { testKey } from '../../runs/images.js';
import type { RunInfo } from '../../runs/run-info.js';
import type { TestedRun } from './results.js';

/** Runs whose results can be held against each other: the same images to train and test on, the same number of epochs. */
export interface Group {
  /** A, B, ... in the order in which they come. */
  readonly letter: string;
  readonly dataset: string;
  readonly trainImages: number;
  readonly testImages: number;
  readonly epochs: number;
  /** The figures that end training before its last epoch. */
  readonly until: readonly string[];
  readonly runs: readonly TestedRun[];
}

/** Sorts runs into groups; one without test figures has nothing to be held against another. */
export function groupRuns(runs: readonly TestedRun[]): Group[] {
  const groups = new Map<string, TestedRun[]>();
  for (const run of runs) {
    const { info } = run.run;
    if (run.test === null) continue;
    const key = JSON.stringify([testKey(info), info.dataset.trainImages, budgetOf(info), info.until]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((members, i) => {
    const { info } = members[0]!.run;
    const { name, trainImages, testImages } = info.dataset;
    return {
      letter: letterOf(i),
      dataset: name,
      trainImages,
      testImages,
      epochs: budgetOf(info),
      until: info.until,
      runs: members,
    };
  });
}

/** Epochs that the run was given; those that are done where it was not let finish. Early stopping uses less by choice. */
function budgetOf({ status, epochs, epoch }: RunInfo): number {
  return status === 'completed' ? epochs : epoch;
}

/** A, ..., Z, A2, B2, ... */
function letterOf(index: number): string {
  const round = Math.floor(index / 26) + 1;
  return String.fromCharCode(65 + (index % 26)) + (round > 1 ? round : '');
}
