import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MetricsLine, readLines, type StepLine } from '../../runs/metrics.js';
import { METRICS } from '../../runs/run-paths.js';
import type { Run } from '../../runs/run-reader.js';
import { Smoothed } from '../../terminal/series.js';

type Point = readonly [epoch: number, value: number];

/** How a run came where it is, over epochs. */
export interface History {
  readonly loss: readonly Point[];
  readonly accuracy: readonly Point[];
  readonly validationLoss: readonly Point[];
  readonly validationAccuracy: readonly Point[];
  readonly testLoss: readonly Point[];
  readonly testAccuracy: readonly Point[];
}

/** Points that a line is drawn with, at most. */
const MOST = 80;

/** Of a run's metrics.jsonl; null where it has none. */
export function readHistory({ dir, info }: Run): History | null {
  let lines: MetricsLine[];
  try {
    lines = readLines(readFileSync(join(dir, METRICS), 'utf8'));
  } catch {
    return null;
  }
  const steps = lines.filter((line) => line.event === 'step');
  const epochs = lines.filter((line) => line.event === 'epoch');
  if (steps.length === 0) return null;
  // Single batches say little, so each line is a running mean, as on the live screen.
  const of = (key: 'loss' | 'accuracy') => {
    const smoothed = new Smoothed();
    const at = (line: StepLine) => line.epoch - 1 + line.step / info.stepsPerEpoch;
    return thinned(steps.map((line) => [at(line), smoothed.next(line[key])]));
  };
  const looks = (key: 'validationLoss' | 'validationAccuracy' | 'testLoss' | 'testAccuracy') =>
    epochs.flatMap((line): Point[] => {
      // Older runs know nothing of test figures after every epoch.
      const value = line[key] ?? null;
      return value === null ? [] : [[line.epoch, value]];
    });
  return {
    loss: of('loss'),
    accuracy: of('accuracy'),
    validationLoss: looks('validationLoss'),
    validationAccuracy: looks('validationAccuracy'),
    testLoss: looks('testLoss'),
    testAccuracy: looks('testAccuracy'),
  };
}

/** Neighbours merged into their means until few enough are left. */
function thinned(points: readonly Point[]): Point[] {
  const size = Math.ceil(points.length / MOST);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i): Point => {
    const part = points.slice(i * size, (i + 1) * size);
    const mean = (axis: 0 | 1) => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
    return [mean(0), mean(1)];
  });
}
