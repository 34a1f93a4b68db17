import type { TrainingEvent } from '../runs/events.js';
import type { TrainRequest } from '../training/plan.js';

/** What `train` of the library takes: the command's settings by their keys. */
export interface TrainOptions extends Omit<TrainRequest, 'until' | 'defaults'> {
  /** Figures that end training once all are reached: `testAccuracy=0.99`. */
  readonly until?: readonly string[];
  /** Stops after the step that is being computed, and saves; the run can be gone on with. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a model, or goes on with a run, in an engine's thread of its own. Nothing is printed, and the process is not ended.
 *
 * Gives what happens, in order: notices, `start`, `step` and `epoch`, `saved`, and in the end `end` with the run's folder, the test
 * figures and the reason (`completed`, `early-stopping`, `target-reached`, `interrupted` after the signal). Whoever leaves the loop
 * early ends the training as a kill would: the run goes on from its last checkpoint.
 *
 * @throws UsageError for settings that are wrong or do not go together, before anything is written; WorkError where data, the
 * device or the disk fail
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void, void> {
  const { signal, until, ...request } = options;
  const { planTraining } = await import('../training/plan.js');
  const { openTraining } = await import('../training/session.js');
  const { train: trainSession } = await import('../training/trainer.js');
  const { readTarget } = await import('../training/settings/targets.js');
  const plan = await planTraining({ ...request, ...(until ? { until: until.map(readTarget) } : {}) });
  const notices: TrainingEvent[] = [];
  const session = await openTraining(plan, {
    notify(notice) {
      if (notice.kind === 'progress') return;
      notices.push({ event: 'notice', level: notice.kind, message: notice.message });
    },
    stopRequest: () => (signal?.aborted ? 'now' : undefined),
    ...(signal ? { signal } : {}),
  });
  try {
    for await (const event of trainSession(session)) {
      yield* notices.splice(0);
      yield event;
    }
  } finally {
    await session.close();
  }
}
