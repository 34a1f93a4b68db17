import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkError } from '../base/errors.js';
import { maxOf } from '../base/extremes.js';
import { requireThreads } from '../base/machine/cores.js';
import { setting } from '../base/text/settings.js';
import type { DataNotice } from '../data/sets/dataset.js';
import type { EngineChoice } from '../engines/host/engines.js';
import { buildGraph } from '../models/build.js';
import { weightsOf } from '../models/graph/graph.js';
import type { SavedWeights } from '../runs/checkpoint.js';
import type { EndEvent, StopRequest, TrainingEvent } from '../runs/events.js';
import { requireUnlocked } from '../runs/folder-lock.js';
import { canBeRerun, readRunWeights } from '../runs/recovery.js';
import { computingOfRun, type RunInfo } from '../runs/run-info.js';
import { resumeCommand } from '../runs/run-paths.js';
import { openRun, type Run, requireIdle } from '../runs/run-reader.js';
import { initialWeightsOf } from './initial-weights.js';
import type { TrainingPlan } from './plan.js';
import { openTraining } from './session.js';
import { type TensorDifference, tensorDifferences } from './tensor-differences.js';
import { train } from './trainer.js';

/** What `rerun` was asked for, with its values read. */
export interface RerunRequest {
  readonly run: string;
  /** Where the new run is kept; without it nowhere. */
  readonly runDir?: string;
  readonly dataDir?: string;
  readonly engine?: EngineChoice;
  readonly device?: string;
  readonly threads?: number;
}

interface RerunHooks {
  notify(notice: DataNotice): void;
  handle(event: TrainingEvent): void;
  stopRequest(): StopRequest | undefined;
  readonly signal: AbortSignal;
}

/** What came out the second time. */
export interface RerunResult {
  readonly run: string;
  /** The new run's folder, where it was kept. */
  readonly rerun: string | null;
  readonly model: string;
  readonly epochs: number;
  /** Bit for bit. */
  readonly identical: boolean;
  /** The largest of a weight. */
  readonly maxDifference: number;
  /** What was not as it was the first time: engine, device, versions, epochs where a resumption changed them. */
  readonly changes: readonly Change[];
  readonly testAccuracy: readonly [before: number | null, after: number | null];
  readonly tensors: readonly TensorDifference[];
}

interface Change {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Trains a run again, as far as it has come, and compares the weights.
 * @returns null where the user has stopped it
 * @throws UsageError where there is no such run; WorkError where nothing can be compared
 */
export async function rerun(request: RerunRequest, hooks: RerunHooks): Promise<RerunResult | null> {
  const run = openRun(request.run);
  requireIdle(run);
  if (run.info.status === 'running') await requireUnlocked(run.dir);
  requireWholeEpochs(run);
  // What there is nothing to compare with need not be trained.
  const weights = await readRunWeights(run, buildGraph(run.spec));
  const temporary = request.runDir === undefined ? await mkdtemp(join(tmpdir(), 'cnnzoo-rerun-')) : null;
  const dir = request.runDir ?? join(temporary!, 'run');
  try {
    const end = await trainAgain(run, { ...request, runDir: dir }, hooks);
    if (end?.reason === 'interrupted') return null;
    return await compareRuns(run, weights, openRun(dir), request.runDir ?? null);
  } finally {
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  }
}

function requireWholeEpochs({ dir, info }: Run): void {
  if (info.status === 'diverged') {
    throw new WorkError(`${dir} diverged, so there are no weights to compare with.`);
  }
  if (canBeRerun(info)) return;
  throw new WorkError(
    `${dir} was stopped in the middle of epoch ${info.epoch + 1}, where it cannot be met again. Go on with it first: ${resumeCommand(dir)}`,
  );
}

async function trainAgain(run: Run, request: RerunRequest, hooks: RerunHooks): Promise<EndEvent | undefined> {
  const { epoch } = run.info;
  let done = 0;
  const session = await openTraining(await planOf(run, request), {
    notify: (notice) => hooks.notify(notice),
    // A run that was stopped, or ended by a goal, is repeated to where it ended.
    stopRequest: () => hooks.stopRequest() ?? (done >= epoch ? 'after-epoch' : undefined),
    signal: hooks.signal,
  });
  let end: EndEvent | undefined;
  try {
    requireSameImages(run, session.folder.info);
    for await (const event of train(session)) {
      if (event.event === 'epoch') done = event.epoch;
      if (event.event === 'end') end = event;
      hooks.handle(event);
    }
  } finally {
    await session.close();
  }
  return end;
}

/** As it was planned the first time; where it computes may be another place. */
async function planOf(run: Run, request: RerunRequest): Promise<TrainingPlan> {
  const { info, spec } = run;
  const { dataset, engine } = info;
  requireThreads(request.threads);
  const graph = buildGraph(spec);
  const isSameEngine = request.engine === undefined || request.engine === engine.name;
  return {
    request: {
      ...request,
      set: info.networkSets,
      dataset: dataset.request,
      dataDir: request.dataDir ?? dataset.dataDir ?? undefined,
      engine: request.engine ?? engine.name,
      device: request.device ?? (isSameEngine ? engine.device : undefined),
    },
    spec,
    graph,
    limit: dataset.limit ?? undefined,
    computing: computingOfRun(engine, request.threads),
    targets: [],
    run: null,
    lock: null,
    resumePoint: null,
    checkpoint: null,
    initial: await initialWeightsOf(run, graph),
  };
}

function requireSameImages({ dir, info }: Run, { dataset }: RunInfo): void {
  if (dataset.identity === info.dataset.identity) return;
  throw new WorkError(
    `The images are not those of ${dir}: ${dataset.name} from ${dataset.origin} is ${dataset.identity}, the run had ${info.dataset.identity}. Name the folder of the old ones by ${setting('dataDir')}.`,
  );
}

async function compareRuns(
  before: Run,
  old: SavedWeights,
  after: Run,
  kept: string | null,
): Promise<RerunResult> {
  const graph = buildGraph(before.spec);
  const anew = await readRunWeights(after, graph);
  const names = weightsOf(graph).map(({ fullName }) => fullName);
  const tensors = tensorDifferences(names, old.weights, anew.weights);
  return {
    run: before.dir,
    rerun: kept,
    model: before.info.model,
    epochs: before.info.epoch,
    identical: tensors.every(({ differing }) => differing === 0),
    maxDifference: maxOf(
      tensors.map(({ maxDifference }) => maxDifference),
      0,
    ),
    changes: changesOf(before.info, after.info),
    testAccuracy: [before.info.test?.accuracy ?? null, after.info.test?.accuracy ?? null],
    tensors,
  };
}

function changesOf(before: RunInfo, after: RunInfo): Change[] {
  const facts = ({ engine, cnnzoo, node, ...info }: RunInfo): Record<string, string> => ({
    // A schedule is stretched over them.
    epochs: [
      ...info.replanned.map(({ epochs, epoch }) => `${epochs} up to epoch ${epoch}`),
      info.epochs,
    ].join(', then '),
    engine: engine.name,
    device: `${engine.device}, ${engine.deviceDescription}`,
    ...engine.versions,
    cnnzoo,
    node,
  });
  const [one, other] = [facts(before), facts(after)];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .map((what) => ({ what, before: one[what] ?? 'none', after: other[what] ?? 'none' }))
    .filter((change) => change.before !== change.after);
}
