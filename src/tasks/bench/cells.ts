import { maxOf, median, minOf } from '../../base/extremes.js';
import { sizeOf } from '../../base/tensor.js';
import type { BenchMode, BenchResult } from './measure.js';

/** One thing to measure. */
export interface Cell {
  readonly model: string;
  readonly mode: BenchMode;
  /** undefined for the model's own. */
  readonly batchSize: number | undefined;
  /** undefined for as many as are asked for with the command, or else chosen. */
  readonly threads?: number;
}

/** Images of more values than CIFAR's count as large. */
const LARGE = 32 * 32 * 3;
const SMALL_BATCH = 64;
const LARGE_BATCH = 16;

/** Training and inference of each model, on batches that suit its size. */
export function suiteCells(
  models: readonly { readonly model: string; readonly input: readonly number[] }[],
  modes: readonly BenchMode[],
): Cell[] {
  return models.flatMap(({ model, input }) =>
    modes.map((mode) => ({ model, mode, batchSize: sizeOf(input) > LARGE ? LARGE_BATCH : SMALL_BATCH })),
  );
}

/** A cell measured in several rounds. */
export interface BenchRow extends BenchResult {
  /** The median of each round, in order. */
  readonly msPerStepRounds: readonly number[];
}

/**
 * One row out of the rounds of a cell: medians of their medians, the shortest and longest of all steps, the memory of
 * the round that took most.
 */
export function joinRounds(rounds: readonly BenchResult[]): BenchRow {
  const msPerStep = median(rounds.map((round) => round.msPerStep));
  const ranges = rounds.map(({ msPerStepRange }) => msPerStepRange);
  const [first] = rounds;
  return {
    ...first!,
    steps: rounds.reduce((sum, { steps }) => sum + steps, 0),
    msPerStep,
    imagesPerSecond: (1000 * first!.batchSize) / msPerStep,
    compileMs: median(rounds.map(({ compileMs }) => compileMs)),
    peakMemoryBytes: maxOf(rounds.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    msPerStepRange: [
      minOf(ranges.map(([shortest]) => shortest)),
      maxOf(ranges.map(([, longest]) => longest)),
    ],
    msPerStepRounds: rounds.map((round) => round.msPerStep),
  };
}
