import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../errors.js';
import type { Predictions } from './evaluation.js';
import type { RunInfo } from './run-info.js';
import { PREDICTIONS } from './run-paths.js';

/** What a run's network took each of its test images for, in their order: class numbers, [images]. */
export interface TestPredictions {
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
}

const HEADING = 'image,label,predicted,probability,loss';

/** The text of predictions.csv: a line an image, its classes as numbers. */
export function predictionsText({ labels, predicted, probabilities, losses, done }: Predictions): string {
  const figure = (value: number): string => String(Number(value.toPrecision(6)));
  const lines = Array.from({ length: done }, (_, i) =>
    [i, labels[i], predicted[i], figure(probabilities[i]!), figure(losses[i]!)].join(','),
  );
  return `${[HEADING, ...lines].join('\n')}\n`;
}

/**
 * What a run's predictions.csv says; null where the run has none: it has no test figures, or an older cnnzoo trained it.
 * @throws WorkError where the file is damaged or belongs to another evaluation than the one in run.json.
 */
export function readPredictions(dir: string, { test }: RunInfo): TestPredictions | null {
  if (test === null) return null;
  const path = join(dir, PREDICTIONS);
  const text = readText(path);
  if (text === null) return null;
  const [heading, ...lines] = text.split('\n');
  if (heading !== HEADING || lines.pop() !== '') throw damaged(path, 'it is torn');
  const rows = lines.map((line) => line.split(',').map(Number));
  const column = (index: number) => Int32Array.from(rows, (row) => row[index]!);
  if (rows.some((row, i) => row.length !== 5 || row[0] !== i || row.slice(0, 3).some((n) => !(n >= 0))))
    throw damaged(path, 'a line of it is no image with its classes');
  const predictions = { labels: column(1), predicted: column(2) };
  const correct = predictions.labels.reduce((sum, l, i) => sum + (l === predictions.predicted[i] ? 1 : 0), 0);
  if (rows.length !== test.images || correct / rows.length !== test.accuracy) {
    throw damaged(
      path,
      `it says ${correct} of ${rows.length} are right, but the run.json beside it ${Math.round(test.accuracy * test.images)} of ${test.images}`,
    );
  }
  return predictions;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new WorkError(`${path} cannot be read: ${codeOf(error) ?? messageOf(error)}.`);
  }
}

function damaged(path: string, why: string): WorkError {
  return new WorkError(
    `${path} is damaged: ${why}. Remove it, and "cnnzoo compare --evaluate" works it out again.`,
  );
}
