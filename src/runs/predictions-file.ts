import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../base/errors.js';
import { csvField, csvRows } from '../base/text/csv.js';
import { commandLine } from '../base/text/settings.js';
import type { Predictions } from './predictions.js';
import type { RunInfo } from './run-info.js';
import { PREDICTIONS } from './run-paths.js';

/** What a run's network took each of its test images for, in their order: class numbers, [images]. */
export interface TestPredictions {
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
}

const HEADING = 'image,label,predicted,probability,loss';

/** The text of predictions.csv: a line an image, with its name and its classes as numbers. */
export function predictionsText(predictions: Predictions): string {
  const { labels, predicted, probabilities, losses, done } = predictions;
  const figure = (value: number): string => String(Number(value.toPrecision(6)));
  const lines = Array.from({ length: done }, (_, i) =>
    [
      csvField(predictions.nameOf(i)),
      labels[i],
      predicted[i],
      figure(probabilities[i]!),
      figure(losses[i]!),
    ].join(','),
  );
  return `${[HEADING, ...lines].join('\n')}\n`;
}

/**
 * What a run's predictions.csv says; null where the run has none: it has no test figures, or an older cnnzoo trained it.
 * @throws WorkError where the file is damaged or belongs to another evaluation than the one in run.json.
 */
export function readPredictions(dir: string, { test, predictionsSha256 }: RunInfo): TestPredictions | null {
  if (test === null) return null;
  const path = join(dir, PREDICTIONS);
  const bytes = readBytes(path);
  if (bytes === null) return null;
  const [heading, ...rows] = csvRows(bytes.toString()) ?? [];
  if (heading?.join() !== HEADING) throw damaged(path, 'it is torn');
  const column = (index: number) => Int32Array.from(rows, (row) => Number(row[index]));
  if (new Set(rows.map(([image]) => image)).size < rows.length || !rows.every(isImage))
    throw damaged(path, 'a line of it is no image with its classes');
  const predictions = { labels: column(1), predicted: column(2) };
  const correct = predictions.labels.reduce((sum, l, i) => sum + (l === predictions.predicted[i] ? 1 : 0), 0);
  if (rows.length !== test.images || correct / rows.length !== test.accuracy) {
    throw damaged(
      path,
      `it says ${correct} of ${rows.length} are right, but the run.json beside it ${Math.round(test.accuracy * test.images)} of ${test.images}`,
    );
  }
  if (predictionsSha256 !== null && createHash('sha256').update(bytes).digest('hex') !== predictionsSha256)
    throw damaged(path, 'its SHA-256 is not the one that the run.json beside it has');
  return predictions;
}

/** Whether a line is an image with its classes. Older versions of cnnzoo wrote its number in place of its name. */
function isImage([image, ...figures]: readonly string[], i: number): boolean {
  const [label, predicted] = figures;
  const isClass = (text: string | undefined) => /^\d+$/.test(text ?? '');
  const isHere = /^\d+$/.test(image!) ? Number(image) === i : image !== '';
  return isHere && figures.length === 4 && isClass(label) && isClass(predicted);
}

function readBytes(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new WorkError(`${path} cannot be read: ${codeOf(error) ?? messageOf(error)}.`);
  }
}

function damaged(path: string, why: string): WorkError {
  return new WorkError(
    `${path} is damaged: ${why}. Remove it, and "${commandLine('compare', { settings: { evaluate: true } })}" works it out again.`,
  );
}
