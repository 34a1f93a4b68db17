import { join } from 'node:path';
import { buildGraph } from '../../models/build.js';
import { summarise } from '../../models/summary.js';
import { loadModel } from '../../models/zoo.js';
import type { StopRequest } from '../../runs/events.js';
import { infoOf, isOver, modelFile } from '../../tasks/compare/training-folder.js';
import type { ComparisonPlan } from '../../tasks/compare/training-plan.js';
import { cellText } from '../../tasks/compare/vary.js';
import type { Launched, LaunchedJob, Launcher, LaunchWish } from '../../tasks/launchers/launcher.js';
import { Interrupts } from '../../training/interrupts.js';
import { createComparisonView } from '../../ui/comparison-view.js';
import { askYes } from '../../ui/lines/ask.js';
import { createDataNotices } from '../../ui/lines/data-notices.js';
import { leaveAtOnce } from '../../ui/lines/leave.js';
import { onClosedPipe } from '../../ui/lines/pipe.js';
import { tell } from '../../ui/lines/tell.js';
import type { ComparisonView, PlannedTraining } from '../../ui/lines/views.js';
import type { Ending } from './on-end.js';

/** How a comparison's training ended. */
export interface TrainingOutcome {
  /** 0; 1 where a run has diverged; 130 or 143 where the user has stopped it. */
  readonly exitCode: number;
  /** Nobody reads what comes out any more. */
  readonly isClosed: boolean;
  /** What there is to read or to run where nothing is trained here. */
  readonly lines: readonly string[];
}

/** What a command at the end of a comparison's training is told. */
export class ComparisonEnding {
  #plan: ComparisonPlan | undefined;
  #only: readonly string[] = [];
  #wish: StopRequest | undefined;

  /** One of the runs that are meant has begun. */
  begin(plan: ComparisonPlan, only: readonly string[]): void {
    this.#plan = plan;
    this.#only = only;
  }

  /** The user wants an end. */
  stop(wish: StopRequest | undefined): void {
    this.#wish = wish;
  }

  /** Undefined where no training began. */
  of(hasFailed: boolean): Ending | undefined {
    if (this.#plan === undefined) return undefined;
    const { dir, content } = this.#plan;
    const meant = content.runs.filter(({ folder }) => this.#only.length === 0 || this.#only.includes(folder));
    const over = meant.map(({ folder }) => infoOf(join(dir, folder))).filter(isOver);
    const hasDiverged = over.some((info) => info?.status === 'diverged');
    const broken = this.#wish === 'now' ? 'interrupted' : hasFailed ? 'failed' : 'stopped';
    const status = over.length < meant.length ? broken : hasDiverged ? 'diverged' : 'completed';
    return { status, run: dir, runs: meant.length, runsOver: over.length };
  }
}

/**
 * Trains what is left of a comparison and shows it on standard error.
 * @throws WorkError where a run cannot be trained: those before it are kept.
 */
export async function trainShown(
  plan: ComparisonPlan,
  launch: { readonly launcher: Launcher; readonly wish: LaunchWish },
  color: boolean | undefined,
  ending: ComparisonEnding,
): Promise<TrainingOutcome> {
  const interrupts = new Interrupts(leaveAtOnce);
  const pipe = onClosedPipe(() => interrupts.request('now'));
  try {
    const view = await openView(plan, launch.wish, color, interrupts);
    const { lines, job } = await trainInto({ view, ending }, plan, launch, interrupts);
    if (job !== null && interrupts.wish !== undefined) await offerEnd(job);
    const isClosed = pipe.isClosed();
    if (isClosed || lines.length > 0) return { isClosed, exitCode: 0, lines };
    // As with train: an end that was asked for in time is no interruption.
    const isInterrupted = interrupts.wish === 'now' && isUnfinished(plan);
    return { isClosed, exitCode: isInterrupted ? interrupts.exitCode : Number(hasFailed(plan)), lines };
  } finally {
    ending.stop(interrupts.wish);
    interrupts.dispose();
  }
}

async function openView(
  plan: ComparisonPlan,
  { jobs, wait }: LaunchWish,
  color: boolean | undefined,
  interrupts: Interrupts,
) {
  const { stderr, stdin, env } = process;
  const view = await createComparisonView({
    runs: plannedTrainings(plan),
    // A job of a cluster trains as many as it has room for.
    jobs: wait ? Math.max(2, jobs) : jobs,
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
  { view, ending }: { readonly view: ComparisonView; readonly ending: ComparisonEnding },
  plan: ComparisonPlan,
  { launcher, wish }: { readonly launcher: Launcher; readonly wish: LaunchWish },
  interrupts: Interrupts,
): Promise<Launched> {
  const notices = createDataNotices((level, message) => view.notice({ event: 'notice', level, message }));
  const hooks = {
    notify: notices.notify,
    wish: () => interrupts.wish,
    signal: interrupts.abortSignal,
  };
  try {
    const launched = await launcher.launch(plan, wish, hooks);
    for await (const event of launched.events ?? []) {
      notices.finish();
      if (event.event.event === 'start') ending.begin(plan, wish.only);
      view.handle(event);
    }
    return launched;
  } finally {
    notices.finish();
    await view.close();
  }
}

/** A job of another system goes on by itself, unless whoever is there wants it to end. */
async function offerEnd({ name, ending, cancel }: LaunchedJob): Promise<void> {
  const isUnwanted = await askYes(`${name} goes on by itself. End it too?`);
  if (isUnwanted) await cancel();
  tell(
    isUnwanted
      ? `${name} is asked to end; its runs save what they have.`
      : `${name} goes on; this ends it: ${ending}`,
  );
}

function plannedTrainings({ dir, content }: ComparisonPlan): PlannedTraining[] {
  const hasSeeds = new Set(content.runs.map(({ seed }) => seed)).size > 1;
  const isVaried = content.runs.some(({ varied }) => Object.keys(varied).length > 0);
  const hasModels = new Set(content.runs.map(({ model }) => model)).size > 1;
  const macs = new Map<string, number>();
  return content.runs.map(({ model, seed, folder, varied }) => {
    const info = infoOf(join(dir, folder));
    const cost = macs.get(model) ?? macsOf(join(dir, modelFile(model)));
    macs.set(model, cost);
    const parts = [
      ...(hasModels || !isVaried ? [model] : []),
      ...(isVaried ? [cellText(varied)] : []),
      ...(hasSeeds ? [`seed ${seed}`] : []),
    ];
    return {
      label: parts.join(', '),
      model,
      macs: cost,
      done: isOver(info) ? { testAccuracy: info!.test?.accuracy ?? null, seconds: info!.seconds } : null,
    };
  });
}

function macsOf(model: string): number {
  return summarise(buildGraph(loadModel(model))).totals.macs;
}

function hasFailed({ dir, content }: ComparisonPlan): boolean {
  return content.runs.some(({ folder }) => infoOf(join(dir, folder))?.status === 'diverged');
}

function isUnfinished({ dir, content }: ComparisonPlan): boolean {
  return content.runs.some(({ folder }) => !isOver(infoOf(join(dir, folder))));
}
