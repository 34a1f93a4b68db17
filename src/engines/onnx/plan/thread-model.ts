/** What there is to do in a step, as far as its time depends on threads. */
export interface StepWork {
  /** Of the plan: every one is some nodes of ONNX, which run one after the other. */
  readonly operations: number;
  /** Multiply-accumulates of the forward pass, of all images that are computed at once. */
  readonly macs: number;
  /** Of what operations give, and of weights: read or written once. */
  readonly bytes: number;
}

/** What a step's parts cost; each is at least 0. */
export interface ThreadCosts {
  /** Milliseconds an operation, on any number of threads. */
  readonly operationMs: number;
  /** Milliseconds more an operation for each thread beyond the first: handing work over, and waiting for the last. */
  readonly threadMs: number;
  /** Milliseconds on one thread. */
  readonly macMs: number;
  /** The share of that which threads divide, 0 to 1; the rest is done by one of them (Amdahl's law). */
  readonly macShare: number;
  readonly byteMs: number;
  readonly byteShare: number;
}

/** Milliseconds a step by the model; see docs/scaling.md. */
export function stepMs({ operations, macs, bytes }: StepWork, threads: number, costs: ThreadCosts): number {
  const divided = (share: number): number => 1 - share + share / threads;
  return (
    operations * (costs.operationMs + costs.threadMs * (threads - 1)) +
    macs * costs.macMs * divided(costs.macShare) +
    bytes * costs.byteMs * divided(costs.byteShare)
  );
}

/** More threads must make a step shorter by this share of it: others may use them, and the model is no better than that. */
const WORTH = 0.03;

/** The fewest of 1 to `most` threads whose step is close to the shortest. */
export function fastestThreads(work: StepWork, most: number, costs: ThreadCosts): number {
  const times = Array.from({ length: most }, (_, i) => stepMs(work, i + 1, costs));
  const least = times.reduce((a, b) => Math.min(a, b));
  return 1 + times.findIndex((ms) => ms * (1 - WORTH) <= least);
}
