import { join, resolve } from 'node:path';
import { UsageError } from '../base/errors.js';
import { requireThreads } from '../base/machine/cores.js';
import { commandLine, setting } from '../base/text/settings.js';
import { requireDataset } from '../data/load.js';
import type { EngineChoice } from '../engines/host/engines.js';
import { buildGraph } from '../models/build.js';
import { readSpec } from '../models/config/read-spec.js';
import { type Override, parseSource } from '../models/config/source.js';
import type { ModelSpec } from '../models/config/spec.js';
import type { Graph } from '../models/graph/graph.js';
import { type TrainableSpec, trainable } from '../models/trainable.js';
import { isFile, loadModel } from '../models/zoo.js';
import type { Checkpoint } from '../runs/checkpoint.js';
import { type FolderLock, lockRun } from '../runs/folder-lock.js';
import type { Limit } from '../runs/images.js';
import { findResumePoint, type ResumePoint } from '../runs/recovery.js';
import { configText } from '../runs/run-config.js';
import { type Computing, computingOfRun, type RunInfo } from '../runs/run-info.js';
import { CONFIG, isRun, resumeCommand } from '../runs/run-paths.js';
import { openRun, type Run, requireIdle } from '../runs/run-reader.js';
import { ownPixels } from '../weights/prepared.js';
import { type ImageRoom, mayValidate } from './evaluation/training-data.js';
import { type InitialWeights, initialWeightsOf, readInitialWeights } from './initial-weights.js';
import { requireSameModel, requireWorkLeft, resumedSpec } from './resume.js';
import { givesEpochs, type SettingFlags, specWithSettings } from './settings/settings.js';
import { readTarget, requireTargetImages, type Target } from './settings/targets.js';

/** What `train` was asked for, with its values read. */
export interface TrainRequest extends SettingFlags, ImageRoom {
  readonly model?: string;
  readonly resume?: string;
  readonly runDir?: string;
  readonly dataDir?: string;
  readonly strict?: boolean;
  readonly limit?: Limit;
  readonly engine?: EngineChoice;
  readonly device?: string;
  readonly threads?: number;
  readonly until?: readonly Target[];
  /** A file of the weights to begin with. */
  readonly weights?: string;
  /** Whether the last layer is drawn anew where the file's is for other classes. */
  readonly newHead?: boolean;
  /** A folder for event files. */
  readonly tensorboard?: string;
  /** Words to find the run again by. */
  readonly tag?: readonly string[];
  /** What of this comes from the defaults of a folder, for run.json. */
  readonly defaults?: RunInfo['defaults'];
}

/** What is to be trained, as far as it is known before any image is read. */
export interface TrainingPlan {
  readonly request: TrainRequest;
  readonly spec: TrainableSpec;
  readonly graph: Graph;
  readonly limit: Limit | undefined;
  /** As it was asked for, or as a run had it that goes on or is computed again. */
  readonly computing: Computing;
  /** Figures that end training once all of them are reached. */
  readonly targets: readonly Target[];
  /** The run that goes on, and from where; null where a new one begins. */
  readonly run: Run | null;
  /** Of the run that goes on; to be given up by openTraining. */
  readonly lock: FolderLock | null;
  /** Where it goes on; null where a new one begins. */
  readonly resumePoint: ResumePoint | null;
  /** Of the resume point; null also where the run was killed before its first checkpoint. */
  readonly checkpoint: Checkpoint | null;
  /** Weights to begin with instead of random ones; null where a checkpoint is gone on from, too. */
  readonly initial: InitialWeights | null;
}

/**
 * What a request comes to. Of a run that goes on this process is the owner from here on.
 * @throws UsageError for whatever in the request is wrong or does not go together.
 */
export async function planTraining(request: TrainRequest): Promise<TrainingPlan> {
  const { model, limit, threads } = request;
  requireThreads(threads);
  if (request.resume !== undefined) return { ...(await planResume(request, request.resume)), request };
  if (model === undefined) {
    throw new UsageError(
      `train needs a model, for example "cnnzoo train mnist-basic", or a run to go on with: ${setting('resume', 'RUN')}.`,
    );
  }
  if (isRun(model)) {
    throw new UsageError(
      `${model} is a run: go on with it by ${resumeCommand(model)}, or train its network anew by ${commandLine('train', { words: [join(model, CONFIG)] })}`,
    );
  }
  const asked = specWithSettings((overrides) => loadModel(model, overrides), request);
  const built = buildGraph(asked);
  const plain = trainable(asked, built);
  requireValidation(plain);
  const targets = request.until ?? [];
  requireTargetImages(targets, mayValidate(plain.config));
  await requireDataset(request.dataset);
  const initial = await initialOf(request, built, plain, model);
  const { spec, graph } = asPrepared(plain, built, initial);
  return {
    request,
    spec,
    graph,
    limit,
    computing: { threads },
    targets,
    run: null,
    lock: null,
    resumePoint: null,
    checkpoint: null,
    initial,
  };
}

/** The keys of `pixels` that the command line sets. */
function pixelSets(sets: readonly string[], { config }: TrainableSpec): string[] {
  return sets.flatMap((text) => {
    const [, key] = /^pixels(?:\.(\w+))?(?=[.=])/.exec(text) ?? [];
    return /^pixels=/.test(text) ? Object.keys(config.pixels) : key === undefined ? [] : [key];
  });
}

/** The weights that a request names; null where they are drawn. @throws UsageError for a new head of nothing */
async function initialOf(
  { weights, newHead = false, set = [] }: TrainRequest,
  graph: Graph,
  spec: TrainableSpec,
  model: string,
): Promise<InitialWeights | null> {
  // What a file of the user's or the command line says of pixels counts over what comes with weights.
  const said = { pixels: ownPixels(spec, !isFile(model), pixelSets(set, spec)) };
  if (weights !== undefined) return readInitialWeights(weights, graph, spec, { newHead, said });
  if (!newHead) return null;
  throw new UsageError(
    `${setting('newHead')} goes with ${setting('weights', 'FILE')}: without one every layer is drawn anyway.`,
  );
}

/** A model that sees pictures as the weights want them which it begins with. */
function asPrepared(
  spec: TrainableSpec,
  graph: Graph,
  initial: InitialWeights | null,
): { readonly spec: TrainableSpec; readonly graph: Graph } {
  const prepared = initial?.prepared;
  if (!prepared) return { spec, graph };
  return {
    spec: { ...spec, config: { ...spec.config, pixels: prepared.config } },
    graph: { ...graph, pixels: prepared.pixels },
  };
}

async function planResume(request: TrainRequest, dir: string): Promise<Omit<TrainingPlan, 'request'>> {
  const { runDir } = request;
  if (runDir !== undefined && resolve(runDir) !== resolve(dir)) {
    throw new UsageError(
      `${setting('runDir')} and ${setting('resume')} do not go together: a run goes on in its own folder. Leave one of them out.`,
    );
  }
  // What is no run is not locked.
  openRun(dir);
  const lock = await lockRun(dir);
  try {
    return { ...(await planLocked(request, dir)), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function planLocked(
  request: TrainRequest,
  dir: string,
): Promise<Omit<TrainingPlan, 'request' | 'lock'>> {
  const run = openRun(dir);
  requireIdle(run);
  requireSameWeights(run, request.weights);
  const own = (overrides: readonly Override[]): ModelSpec =>
    readSpec(run.info.model, parseSource(run.spec.source.file, configText(run.spec), overrides));
  const wished = specWithSettings(own, request);
  const epochs = givesEpochs(request) ? wished.config.training.epochs : undefined;
  const resumed = resumedSpec(run, { spec: wished, epochs, limit: request.limit });
  const { model } = request;
  const notices = model === undefined ? [] : requireSameModel(run, model, request);
  const graph = buildGraph(resumed);
  const spec = trainable(resumed, graph);
  const { notes, ...found } = await findResumePoint(run, graph);
  const resumePoint = { ...found, notes: [...notices, ...notes] };
  const { checkpoint } = resumePoint;
  const targets = request.until ?? run.info.until.map(readTarget);
  requireTargetImages(targets, run.info.dataset.validationImages > 0);
  requireWorkLeft(run, spec, checkpoint, targets);
  const initial = checkpoint ? null : await initialWeightsOf({ ...run, spec }, graph);
  return {
    spec,
    graph,
    limit: run.info.dataset.limit ?? undefined,
    computing: computingOfRun(run.info.engine, request.threads),
    targets,
    run,
    resumePoint,
    checkpoint,
    initial,
  };
}

/** The weights of a file that a run was begun with may be named again. */
function requireSameWeights({ dir, info }: Run, weights: string | undefined): void {
  const begun = info.initialWeights?.file;
  if (weights === undefined || resolve(weights) === begun) return;
  throw new UsageError(
    begun === undefined
      ? `${setting('weights')} and ${setting('resume')} do not go together: a run goes on with the weights that it has. Leave one of them out.`
      : `${setting('resume', dir)}: the run was begun with the weights of ${begun}, not ${weights}. A run goes on with the weights that it has: leave ${setting('weights')} out.`,
  );
}

function requireValidation({ config, source }: ModelSpec): void {
  if (config.training.earlyStopping === null || mayValidate(config)) return;
  throw source.error(
    ['training', 'earlyStopping'],
    `early stopping looks at validation images, but none are kept aside: add ${setting('validationSplit', 0.1)}.`,
  );
}
