import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../../base/errors.js';
import { isThere } from '../../../base/files/folders.js';
import { readLines, type StepLine } from '../../../runs/metrics.js';
import type { EpochRecord } from '../../../runs/progress.js';
import { METRICS } from '../../../runs/run-paths.js';
import { openRun } from '../../../runs/run-reader.js';

/** What a run's metrics say of its training. */
export interface RunHistory {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly seed: number;
  readonly epochs: readonly EpochRecord[];
  /** Means over a few steps each; `at` counts epochs from the begin of the run. */
  readonly steps: readonly { readonly at: number; readonly loss: number; readonly accuracy: number }[];
}

/**
 * The histories of some runs, and what is wrong with those that have none: one bad run does not hide the others.
 * @throws UsageError for a folder that is not there; where no run has a history, what is wrong with them.
 */
export function runHistories(dirs: readonly string[]): {
  readonly histories: readonly RunHistory[];
  readonly problems: readonly string[];
} {
  const histories: RunHistory[] = [];
  const problems: WorkError[] = [];
  for (const dir of dirs) {
    try {
      histories.push(runHistory(dir));
    } catch (error) {
      if (!(error instanceof WorkError) || !isThere(dir)) throw error;
      problems.push(error);
    }
  }
  if (histories.length === 0 && problems.length === 1) throw problems[0];
  const sentences = problems.flatMap((problem) => problem.sentences);
  if (histories.length === 0) throw new WorkError(sentences);
  return { histories, problems: sentences };
}

/** @throws UsageError where `dir` is no run folder; WorkError where it has no history. */
export function runHistory(dir: string): RunHistory {
  const { info } = openRun(dir);
  const lines = readLines(readMetrics(join(dir, METRICS)));
  const epochs = lines.filter((line) => line.event === 'epoch').map(({ event: _, ...record }) => record);
  const steps = lines
    .filter((line): line is StepLine => line.event === 'step')
    .map(({ epoch, step, loss, accuracy }) => ({
      at: epoch - 1 + step / info.stepsPerEpoch,
      loss,
      accuracy,
    }));
  if (epochs.length === 0 && steps.length === 0) {
    throw new WorkError(`${dir} has no history yet: no step of its training is written down.`);
  }
  return { run: dir, model: info.model, dataset: info.dataset.name, seed: info.seed, epochs, steps };
}

function readMetrics(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WorkError(`${path} cannot be read: ${codeOf(error) ?? messageOf(error)}.`);
  }
}
