/** Finds the constants of the model of threads that come closest to measured steps. */
import type { StepWork, ThreadCosts } from '../../src/engines/onnx/plan/threads.js';

/** A step that was measured. */
export interface Measured {
  readonly work: StepWork;
  readonly threads: number;
  readonly ms: number;
}

const SWEEPS = 20_000;

/**
 * Least squares of relative errors, with no constant below 0: the model is a sum of six terms, each a constant times what is
 * known of the work and the threads. Coordinate descent, which ends at the one minimum that there is.
 */
export function fitCosts(measured: readonly Measured[]): ThreadCosts {
  const rows = measured.map(({ work: { operations, macs, bytes }, threads, ms }) =>
    [operations, operations * (threads - 1), macs, macs / threads, bytes, bytes / threads].map((x) => x / ms),
  );
  const weights = rows[0]!.map(() => 0);
  const rest = rows.map(() => 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let at = 0; at < weights.length; at++) {
      const squares = rows.reduce((sum, row) => sum + row[at]! ** 2, 0);
      const slope = rows.reduce((sum, row, i) => sum + row[at]! * rest[i]!, 0);
      const next = squares === 0 ? 0 : Math.max(0, weights[at]! + slope / squares);
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
