import { maxOf, minOf } from '../../base/extremes.js';
import { counted } from '../../base/text/words.js';
import type { BenchRow } from './cells.js';
import type { BenchRecord } from './record.js';

/** Medians that differ by less are taken for the same, given three rounds or more on either side. */
const SPEED_NOISE = 0.05;
/** The same with fewer rounds. */
const SPEED_NOISE_FEW = 0.1;
const ENOUGH_ROUNDS = 3;
/** Peak memory depends on when garbage is collected. */
const MEMORY_NOISE = 0.1;
const MEMORY_NOISE_BYTES = 20e6;

/** The rule of `isSlower` and `needsMore`, in words. */
export const RULE =
  `A regression is a median of more than ${100 * SPEED_NOISE} % fewer images/s (${100 * SPEED_NOISE_FEW} % with fewer than ` +
  `${ENOUGH_ROUNDS} rounds) whose fastest round is slower than the slowest one before, or a peak memory of more than ` +
  `${100 * MEMORY_NOISE} % and ${MEMORY_NOISE_BYTES / 1e6} MB more.`;

/** How a row stands to the same one of an earlier record. */
export interface Comparison {
  readonly before: BenchRow;
  /** Images/s now over images/s before. */
  readonly ratio: number;
  readonly memoryRatio: number;
  readonly verdict: 'faster' | 'same' | 'slower' | 'more memory';
}

export interface ComparedRow extends BenchRow {
  /** null where the earlier record has no such row. */
  readonly against: Comparison | null;
}

export function compareRows(rows: readonly BenchRow[], before: BenchRecord): ComparedRow[] {
  return rows.map((row) => {
    const same = before.results.find((other) => keyOf(other) === keyOf(row));
    return { ...row, against: same ? compare(row, same) : null };
  });
}

/** Why figures of two records can hardly be compared, as a sentence; null where nothing is known against it. */
export function difference(now: BenchRecord, before: BenchRecord): string | null {
  const [a, b] = [now.machine, before.machine];
  if (a.processor !== b.processor || a.cores !== b.cores) {
    return `The earlier figures are of another machine (${b.processor}, ${b.cores} cores): their ratios say little about the program.`;
  }
  // Records of version 0.1.0 say nothing where the threads were as many as the physical cores.
  const threadsThen = before.threads ?? b.cores;
  if (now.threads !== null && now.threads !== threadsThen) {
    return `The earlier figures are with ${counted(threadsThen, 'thread')}, these with ${now.threads}.`;
  }
  return null;
}

function keyOf({
  model,
  mode,
  dtype,
  engine,
  device,
  formulation,
  batchSize,
  microBatches,
}: BenchRow): string {
  return [model, mode, dtype, engine, device, formulation ?? 'auto', batchSize, microBatches].join('/');
}

function compare(now: BenchRow, before: BenchRow): Comparison {
  return {
    before,
    ratio: before.msPerStep / now.msPerStep,
    memoryRatio: now.peakMemoryBytes / before.peakMemoryBytes,
    verdict: isSlower(now, before)
      ? 'slower'
      : needsMore(now, before)
        ? 'more memory'
        : isSlower(before, now)
          ? 'faster'
          : 'same',
  };
}

function isSlower(now: BenchRow, before: BenchRow): boolean {
  const rounds = Math.min(now.msPerStepRounds.length, before.msPerStepRounds.length);
  const noise = rounds < ENOUGH_ROUNDS ? SPEED_NOISE_FEW : SPEED_NOISE;
  return (
    before.msPerStep < now.msPerStep * (1 - noise) &&
    minOf(now.msPerStepRounds) > maxOf(before.msPerStepRounds)
  );
}

function needsMore(now: BenchRow, before: BenchRow): boolean {
  const more = now.peakMemoryBytes - before.peakMemoryBytes;
  return more > Math.max(MEMORY_NOISE_BYTES, MEMORY_NOISE * before.peakMemoryBytes);
}
