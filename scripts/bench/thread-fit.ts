/** Finds the constants of the model of threads that come closest to measured steps. */
import type { StepWork, ThreadCosts } from '../../src/engines/onnx/plan/thread-model.js';

/** A step that was measured. */
export interface Measured {
  readonly work: StepWork;
  readonly threads: number;
  readonly ms: number;
}

const SWEEPS = 20_000;

/**
 * What a further thread costs an operation at least, in milliseconds: a line of cache goes to another core and back some times.
 * Steps with two threads hardly tell so little, and without it many cores would be taken for next to nothing.
 */
const LEAST_THREAD_MS = 0.0005;

/**
 * Least squares of relative errors, with no constant below its least, 0 for most: the model is a sum of six terms, each a constant times what is
 * known of the work and the threads. Coordinate descent, which ends at the one minimum that there is.
 */
export function fitCosts(measured: readonly Measured[]): ThreadCosts {
  const rows = measured.map(({ work: { operations, macs, bytes }, threads, ms }) =>
    [operations, operations * (threads - 1), macs, macs / threads, bytes, bytes / threads].map((x) => x / ms),
  );
  const least = [0, LEAST_THREAD_MS, 0, 0, 0, 0];
  const weights = [...least];
  const rest = rows.map((row) => 1 - row[1]! * LEAST_THREAD_MS);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let at = 0; at < weights.length; at++) {
      const squares = rows.reduce((sum, row) => sum + row[at]! ** 2, 0);
      const slope = rows.reduce((sum, row, i) => sum + row[at]! * rest[i]!, 0);
      const next = squares === 0 ? least[at]! : Math.max(least[at]!, weights[at]! + slope / squares);
      const change = next - weights[at]!;
      weights[at] = next;
      for (const [i, row] of rows.entries()) rest[i]! -= change * row[at]!;
    }
  }
  const [operationMs, threadMs, macFixed, macDivided, byteFixed, byteDivided] = weights as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const share = (divided: number, fixed: number): number => (divided === 0 ? 0 : divided / (divided + fixed));
  return {
    operationMs,
    threadMs,
    macMs: macFixed + macDivided,
    macShare: share(macDivided, macFixed),
    byteMs: byteFixed + byteDivided,
    byteShare: share(byteDivided, byteFixed),
  };
}
