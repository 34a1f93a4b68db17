import { clamp01 } from '../../base/text/format.js';
import type { StepLine } from '../metrics.js';
import type { RunBrief } from './run-brief.js';

/** Where a run is at this moment, by the last lines of its metrics.jsonl. */
export interface ProgressNow {
  /** Epochs done and the part of the one that runs, in epochs. */
  readonly position: number;
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  /** null where one line is all there is. */
  readonly imagesPerSecond: number | null;
  /** Seconds to go at that pace; null where nobody knows. */
  readonly etaSeconds: number | null;
}

/** Lines that are kept for the pace: those of an epoch. */
export const PACE_LINES = 100;
/** The pace is that of about the last so many seconds: it is to follow a machine that gets busy, and not to jump about. */
const PACE_SECONDS = 20;

/** @param lines the last step lines of the run, in order */
export function progressNow(brief: RunBrief, lines: readonly StepLine[]): ProgressNow | null {
  const last = lines.at(-1);
  if (last === undefined) return null;
  const { stepsPerEpoch, epochs, dataset } = brief;
  const steps = Math.max(1, stepsPerEpoch);
  const at = ({ epoch, step }: StepLine) => epoch - 1 + clamp01(step / steps);
  const first = begin(lines, last);
  const seconds = last.seconds - first.seconds;
  const done = at(last) - at(first);
  const pace = seconds > 0 && done > 0 ? done / seconds : null;
  return {
    position: at(last),
    epoch: last.epoch,
    step: last.step,
    loss: last.loss,
    accuracy: last.accuracy,
    learningRate: last.learningRate,
    imagesPerSecond: pace === null ? null : pace * dataset.trainImages,
    etaSeconds: pace === null ? null : Math.max(0, (epochs - at(last)) / pace),
  };
}

/**
 * The line from which on the pace is taken. Steps are computed several at a time, and lines of steps that were computed
 * together have the same time, that of their end: the last of these counts.
 */
function begin(lines: readonly StepLine[], last: StepLine): StepLine {
  const ends = lines.filter((line, i) => lines[i + 1]?.seconds !== line.seconds).slice(0, -1);
  return ends.find(({ seconds }) => seconds >= last.seconds - PACE_SECONDS) ?? ends.at(-1) ?? last;
}
