import { take } from '../base/machine/take.js';
import type { Batch, StepResult, TrainingProgram } from '../engines/engine.js';

/** Steps that were run in one call. */
export interface StepsDone {
  readonly results: readonly StepResult[];
  /** Images of each step. */
  readonly counts: readonly number[];
  readonly rates: readonly number[];
  /** How long the batches of these steps were waited for. */
  readonly waitedMs: number;
}

/**
 * Trains on batches, a few steps at a time; while they run, the batches of the next few are made.
 * @param ratesOf the learning rates of the next so many steps, asked for when what was yielded before is used
 */
export async function* trainSteps(
  program: Pick<TrainingProgram, 'stepsPerCall' | 'train'>,
  images: AsyncGenerator<Batch, void>,
  ratesOf: (steps: number) => number[],
): AsyncGenerator<StepsDone, void> {
  let next = take(images, program.stepsPerCall);
  for (;;) {
    const begin = performance.now();
    const chunk = await next;
    if (chunk.length === 0) return;
    const waitedMs = performance.now() - begin;
    const counts = chunk.map(({ count }) => count);
    const rates = ratesOf(chunk.length);
    const running = program.train(chunk, rates);
    next = take(images, program.stepsPerCall);
    // Where the steps fail, nobody waits for the next batches.
    next.catch(() => {});
    yield { results: await running, counts, rates, waitedMs };
  }
}
