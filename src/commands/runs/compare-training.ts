import { join } from 'node:path';
import { buildGraph } from '../../models/build.js';
import { summarise } from '../../models/summary.js';
import { loadModel } from '../../models/zoo.js';
import { type Place, trainAll } from '../../tasks/compare/train-all.js';
import { infoOf, isOver, modelFile } from '../../tasks/compare/training-folder.js';
import type { ComparisonPlan } from '../../tasks/compare/training-plan.js';
import { Interrupts } from '../../training/interrupts.js';
import { createComparisonView } from '../../ui/comparison-view.js';
import { createDataNotices } from '../../ui/lines/data-notices.js';
import { leaveAtOnce } from '../../ui/lines/leave.js';
import { onClosedPipe } from '../../ui/lines/pipe.js';
import type { ComparisonView, PlannedTraining } from '../../ui/lines/views.js';

/** How a comparison's training ended. */
export interface TrainingOutcome {
  /** 0; 1 where a run has diverged; 130 or 143 where the user has stopped it. */
  readonly exitCode: number;
  /** Nobody reads what comes out any more. */
  readonly isClosed: boolean;
}

/**
 * Trains what is left of a comparison and shows it on standard error.
 * @throws WorkError where a run cannot be trained: those before it are kept.
 */
export async function trainShown(
  plan: ComparisonPlan,
  place: Place,
  color: boolean | undefined,
): Promise<TrainingOutcome> {
  const interrupts = new Interrupts(leaveAtOnce);
  const pipe = onClosedPipe(() => interrupts.request('now'));
  try {
    const view = await openView(plan, color, interrupts);
    await trainInto(view, plan, place, interrupts);
    const isClosed = pipe.isClosed();
    if (isClosed) return { isClosed, exitCode: 0 };
    // As with train: an end that was asked for in time is no interruption.
    const isInterrupted = interrupts.wish === 'now' && isUnfinished(plan);
    return { isClosed, exitCode: isInterrupted ? interrupts.exitCode : Number(hasFailed(plan)) };
  } finally {
    interrupts.dispose();
  }
}

async function openView(plan: ComparisonPlan, color: boolean | undefined, interrupts: Interrupts) {
  const { stderr, stdin, env } = process;
  const view = await createComparisonView({
    runs: plannedTrainings(plan),
    stderr,
    stdin,
    env,
    color,
    requestStop: (request) => interrupts.request(request),
  });
  interrupts.onSignal = (request) => view.stopping(request);
  return view;
}

async function trainInto(
  view: ComparisonView,
  plan: ComparisonPlan,
  place: Place,
  interrupts: Interrupts,
): Promise<void> {
  const notices = createDataNotices((level, message) => view.notice({ event: 'notice', level, message }));
  const hooks = {
    notify: notices.notify,
    wish: () => interrupts.wish,
    signal: interrupts.abortSignal,
  };
  try {
    for await (const event of trainAll(plan, place, hooks)) {
      notices.finish();
      view.handle(event);
    }
  } finally {
    notices.finish();
    await view.close();
  }
}

function plannedTrainings({ dir, content }: ComparisonPlan): PlannedTraining[] {
  const hasSeeds = new Set(content.runs.map(({ seed }) => seed)).size > 1;
  return content.runs.map(({ model, seed, folder }) => {
    const info = infoOf(join(dir, folder));
    const { totals } = summarise(buildGraph(loadModel(join(dir, modelFile(model)))));
    return {
      label: hasSeeds ? `${model}, seed ${seed}` : model,
      model,
      macs: totals.macs,
      done: isOver(info) ? { testAccuracy: info!.test?.accuracy ?? null, seconds: info!.seconds } : null,
    };
  });
}

function hasFailed({ dir, content }: ComparisonPlan): boolean {
  return content.runs.some(({ folder }) => infoOf(join(dir, folder))?.status === 'diverged');
}

function isUnfinished({ dir, content }: ComparisonPlan): boolean {
  return content.runs.some(({ folder }) => !isOver(infoOf(join(dir, folder))));
}
