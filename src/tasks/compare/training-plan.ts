import { join, resolve } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { writeWholeText } from '../../base/files/files.js';
import { cnnzooVersion } from '../../base/files/version.js';
import { requireThreads } from '../../base/machine/cores.js';
import { setting } from '../../base/text/settings.js';
import { counted, listed } from '../../base/text/words.js';
import { checkFit, knownDatasets } from '../../data/index.js';
import { buildGraph } from '../../models/build.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { type TrainableSpec, trainable } from '../../models/trainable.js';
import { loadModel } from '../../models/zoo.js';
import { lockRun } from '../../runs/folder-lock.js';
import { limitOf, limitText } from '../../runs/images.js';
import { configText } from '../../runs/run-config.js';
import { claimFolder } from '../../runs/run-paths.js';
import { mayValidate } from '../../training/evaluation/training-data.js';
import type { TrainRequest } from '../../training/plan.js';
import { specWithSettings } from '../../training/settings/settings.js';
import { requireTargetImages } from '../../training/settings/targets.js';
import {
  COMPARISON,
  infoOf,
  isOver,
  isPlainName,
  isTrainingFolder,
  modelFile,
  type PlannedRun,
  readTrainingFolder,
  resumeComparison,
  TRAINING_FORMAT,
  type TrainingFolder,
  writeTrainingFolder,
} from './training-folder.js';

/** What a comparison that trains was asked for, with its values read. */
interface ComparisonRequest extends Omit<TrainRequest, 'model' | 'resume'> {
  readonly models: readonly string[];
  /** Folders of runs that are shown beside what is trained. */
  readonly others: readonly string[];
  readonly seeds?: number;
}

/** A comparison that is ready to be trained, or to go on. */
export interface ComparisonPlan {
  readonly dir: string;
  readonly content: TrainingFolder;
  /** Gives the folder up, which this process owns until then. */
  release(): Promise<void>;
}

/**
 * Makes the folder of a comparison: every model with the budget of all, and what is to be trained.
 * @param notice told where the budget is not the model's own
 * @throws UsageError for whatever in the request is wrong or does not go together.
 */
export async function planComparison(
  request: ComparisonRequest,
  notice: (message: string) => void,
): Promise<ComparisonPlan> {
  const { runDir } = request;
  if (runDir !== undefined && isTrainingFolder(runDir)) {
    throw new UsageError(
      `${setting('runDir', runDir)}: there is a comparison in it already. Go on with it by ${resumeComparison(runDir)}, or name another folder.`,
    );
  }
  const specs = budgeted(request, notice);
  const runs = plannedRuns(specs, request);
  const first = [...specs.keys()].map(modelFile);
  const claimed = await claimFolder(runDir, 'compare', { first, last: COMPARISON });
  try {
    for (const [name, spec] of specs) {
      await writeWholeText(join(claimed.dir, modelFile(name)), { what: 'a model' }, configText(spec));
    }
    const content = {
      format: TRAINING_FORMAT,
      cnnzoo: cnnzooVersion(),
      created: new Date().toISOString(),
      runs,
      others: request.others.map((dir) => resolve(dir)),
      request: leftOver(request),
    } as const;
    await writeTrainingFolder(claimed.dir, content);
    return { dir: claimed.dir, content, release: claimed.release };
  } catch (error) {
    await claimed.abandon();
    throw error;
  }
}

/**
 * A comparison that is to go on.
 * @throws UsageError where `dir` holds none, or another process trains it; WorkError where it cannot be read or written to.
 */
export async function planResumption(dir: string): Promise<ComparisonPlan> {
  const content = readTrainingFolder(dir);
  // What is over is shown, also where nothing can be written.
  const isDone = content.runs.every(({ folder }) => isOver(infoOf(join(dir, folder))));
  const lock = isDone ? null : await lockRun(dir);
  return { dir, content, release: async () => lock?.release() };
}

/** All models under the budget of the first, but for what the command line says: the same data, epochs and validation images. */
function budgeted(request: ComparisonRequest, notice: (message: string) => void): Map<string, TrainableSpec> {
  const specs = request.models.map((model) =>
    specWithSettings((overrides) => loadModel(model, overrides), request),
  );
  const first = specs[0]!.config;
  const { epochs, validationSplit } = first.training;
  const named = new Map<string, TrainableSpec>();
  for (const spec of specs) {
    const training = { ...spec.config.training, epochs, validationSplit };
    const config = { ...spec.config, dataset: first.dataset, standIn: first.standIn, training };
    named.set(uniqueName(plain(spec.name), named), trainable({ ...spec, config }, buildGraph(spec)));
  }
  checkAll([...named.values()], request);
  tellBudget(specs, notice);
  return named;
}

/** What is not as every model's config says. What the command line says is the same for all. */
function tellBudget(specs: readonly ModelSpec[], notice: (message: string) => void): void {
  const { name, config } = specs[0]!;
  const differs = (settingOf: (config: ModelSpec['config']) => unknown): boolean =>
    specs.some((spec) => settingOf(spec.config) !== settingOf(config));
  const { epochs, validationSplit } = config.training;
  const parts = (
    [
      { key: 'dataset', text: `on ${config.dataset}`, tell: differs(({ dataset }) => dataset) },
      {
        key: 'epochs',
        text: `for ${counted(epochs, 'epoch')}`,
        tell: differs(({ training }) => training.epochs),
      },
      {
        key: 'validationSplit',
        text: `with a validation split of ${validationSplit}`,
        tell: differs(({ training }) => training.validationSplit),
      },
    ] as const
  ).filter(({ tell }) => tell);
  if (parts.length === 0) return;
  const [texts, ways] = [parts.map(({ text }) => text), parts.map(({ key }) => setting(key))];
  notice(
    `all models train ${texts.join(' ')}, as ${name} does by its config; ${listed(ways)} would change that.`,
  );
}

/** For files and folders: a name that says what it stands for, whatever characters a model's file has in its own. */
function plain(name: string): string {
  return isPlainName(name) ? name : name.replace(/[\\/\p{Cc}]|^\.+$|^$/gu, '_');
}

/** `lenet5`, or where there is such a name already `lenet5-2`, `lenet5-3`, ... */
function uniqueName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let unique = name;
  for (let number = 2; taken.has(unique); number++) unique = `${name}-${number}`;
  return unique;
}

/** Whatever can be known to be wrong before the first run begins. */
function checkAll(specs: readonly TrainableSpec[], request: ComparisonRequest): void {
  const { limit, threads, until = [] } = request;
  requireThreads(threads);
  for (const spec of specs) {
    const { config } = spec;
    const { batchSize, earlyStopping } = config.training;
    requireTargetImages(until, mayValidate(config));
    checkData(spec);
    const most = limitOf(limit, 'train');
    if (limit !== undefined && most !== undefined && batchSize > most) {
      throw new UsageError(
        `${spec.name} trains with batches of ${batchSize} images, more than ${setting('limit', limitText(limit))}: take ${setting('batchSize', most)} or less.`,
      );
    }
    if (earlyStopping !== null && !mayValidate(config)) {
      throw new UsageError(
        `${spec.name} stops early, which needs validation images, but none are kept aside: add ${setting('validationSplit', 0.1)}.`,
      );
    }
  }
}

/** @throws UsageError where the data set, as far as it is known by its name, does not fit the model. */
function checkData({ name, config }: TrainableSpec): void {
  const known = knownDatasets().find((dataset) => dataset.name === config.dataset);
  if (known === undefined) return;
  const form = known.anySize ? { ...known, shape: config.input } : known;
  try {
    checkFit(form, { shape: config.input, classes: config.classes });
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${name}: ${error.message}`) : error;
  }
}

/** All models with the first seed, then all with the second: whatever stops it early, the models are at level. */
function plannedRuns(
  specs: ReadonlyMap<string, ModelSpec>,
  { seeds: count = 1 }: ComparisonRequest,
): PlannedRun[] {
  const first = [...specs.values()][0]!.config.training.seed;
  return Array.from({ length: count }, (_, i) => first + i).flatMap((seed) =>
    [...specs.keys()].map((model) => ({
      model,
      seed,
      folder: count === 1 ? model : `${model}-seed${seed}`,
    })),
  );
}

/** What the models' files do not say. Folders are written whole: a comparison may go on from elsewhere. */
function leftOver(request: ComparisonRequest): TrainingFolder['request'] {
  const { limit, dataset, dataDir, strict, engine, device, threads, until } = request;
  const isName = knownDatasets().some(({ name }) => name === dataset);
  return {
    limit,
    dataset: dataset === undefined || isName ? dataset : resolve(dataset),
    dataDir: dataDir === undefined ? undefined : resolve(dataDir),
    strict,
    engine,
    device,
    threads,
    until: until?.map(({ text }) => text),
  };
}
