import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OwnedError, UsageError, WorkError } from '../../base/errors.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import type { EndEvent, StopRequest, TrainingEvent } from '../../runs/events.js';
import { LOCK, lockRun } from '../../runs/folder-lock.js';
import { CONFIG } from '../../runs/run-paths.js';
import type { RunBrief } from '../../runs/watch/run-brief.js';
import { planTraining, type TrainingPlan, type TrainRequest } from '../../training/plan.js';
import { openTraining } from '../../training/session.js';
import { readTarget } from '../../training/settings/targets.js';
import { train } from '../../training/trainer.js';
import { type Place, placeOf } from './place.js';
import {
  infoOf,
  isOver,
  LIMIT_KEY,
  modelFile,
  type PlannedRun,
  resumeComparison,
} from './training-folder.js';
import type { ComparisonPlan } from './training-plan.js';
import { readLimit, setsOf } from './vary.js';

/** Something happens to one of the runs. */
export interface ComparisonEvent {
  /** Its place among the planned runs, from 0. */
  readonly index: number;
  readonly event: TrainingEvent;
}

/** What a training of several runs is told, and whom it tells. */
export interface ComparisonHooks {
  notify(notice: DataNotice): void;
  /** What the user wants by now: an end at once, or after the run that trains. */
  wish(): StopRequest | undefined;
  readonly signal: AbortSignal;
}

/**
 * Trains what is left of a comparison, one run after the other, so that none slows another down. A run that diverges is
 * left as it is, and so is one that another process trains at this moment; ends early where the user wants to stop.
 * @param only folders of the runs that are trained; all of them where there are none
 * @throws WorkError where a run cannot be trained: those before it are kept.
 */
export async function* trainAll(
  plan: ComparisonPlan,
  place: Place,
  hooks: ComparisonHooks,
  only: readonly string[] = [],
): AsyncGenerator<ComparisonEvent, void> {
  for (const [index, planned] of plan.content.runs.entries()) {
    if (only.length > 0 && !only.includes(planned.folder)) continue;
    const dir = join(plan.dir, planned.folder);
    const begun = infoOf(dir);
    if (isOver(begun)) continue;
    if (hooks.wish() !== undefined) return;
    try {
      const training = await planRun(requestOf(plan, planned, place), dir);
      const end = yield* trainOne(training, index, hooks);
      if (end?.reason === 'interrupted') return;
    } catch (error) {
      if (hooks.wish() === 'now') return;
      if (!isOthers(error, dir, begun !== null)) throw withPlace(error, plan.dir, planned);
    }
  }
}

/** What went wrong with which run, and how to go on; an error that is a bug of ours as it is. */
function withPlace(error: unknown, dir: string, { folder }: PlannedRun): unknown {
  if (!(error instanceof WorkError)) return error;
  const [first, ...rest] = error.sentences;
  const way = `Once that is mended, go on with: ${resumeComparison(dir)}`;
  return new WorkError(
    rest.length === 0 ? `${folder}: ${first} ${way}` : [`${folder}: ${first}`, ...rest, way],
  );
}

/** Whether an error says no more than that another process has taken a run in the meantime, or has even ended it. */
function isOthers(error: unknown, dir: string, hadBegun: boolean): boolean {
  if (error instanceof OwnedError) return true;
  const info = error instanceof UsageError ? infoOf(dir) : null;
  return info !== null && (!hadBegun || isOver(info));
}

/** All runs take the data set of the first: where that had to be a stand-in, it is one for all. */
function requestOf({ dir, content }: ComparisonPlan, run: PlannedRun, place: Place): TrainRequest {
  const begun = firstBegun({ dir, content });
  const { request } = content;
  const { [LIMIT_KEY]: limit, ...cell } = run.varied;
  const isOfData = setsOf(cell).some((set) => set.startsWith('dataset='));
  return {
    ...request,
    limit: limit === undefined ? request.limit : readLimit(limit),
    set: setsOf(cell),
    ...placeOf(place, request),
    model: join(dir, modelFile(run.model)),
    dataset: isOfData ? undefined : (request.dataset ?? begun?.dataset.request),
    until: request.until?.map(readTarget),
    seed: run.seed,
    runDir: join(dir, run.folder),
  };
}

function firstBegun({ dir, content }: ComparisonPlan): RunBrief | null {
  for (const { folder } of content.runs) {
    const info = infoOf(join(dir, folder));
    if (info !== null) return info;
  }
  return null;
}

async function planRun(request: TrainRequest, dir: string): Promise<TrainingPlan> {
  if (infoOf(dir) !== null) {
    return planTraining({ resume: dir, ...placeOf(request) });
  }
  await clearUnbegun(dir);
  return planTraining(request);
}

/** Of an older cnnzoo, which locked no folder, a run that was killed before it had begun may have left a config without the rest. */
async function clearUnbegun(dir: string): Promise<void> {
  if (existsSync(join(dir, LOCK)) || !existsSync(join(dir, CONFIG))) return;
  const lock = await lockRun(dir);
  if (infoOf(dir) === null) await rm(join(dir, CONFIG), { force: true });
  await lock.release();
}

async function* trainOne(
  plan: TrainingPlan,
  index: number,
  hooks: ComparisonHooks,
): AsyncGenerator<ComparisonEvent, EndEvent | undefined> {
  const session = await openTraining(plan, {
    notify: (notice) => hooks.notify(notice),
    // Training is not to end with its epoch, but comparing with its run.
    stopRequest: () => (hooks.wish() === 'now' ? 'now' : undefined),
    signal: hooks.signal,
  });
  let end: EndEvent | undefined;
  try {
    for await (const event of train(session)) {
      if (event.event === 'end') end = event;
      yield { index, event };
    }
  } catch (error) {
    if (end?.reason !== 'diverged') throw error;
    yield { index, event: { event: 'notice', level: 'warning', message: messageOf(error) } };
  } finally {
    await session.close();
  }
  return end;
}
