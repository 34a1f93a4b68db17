import { join, resolve } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { writeWholeText } from '../../base/files/files.js';
import { cnnzooVersion } from '../../base/files/version.js';
import { requireThreads } from '../../base/machine/cores.js';
import { didYouMean } from '../../base/text/nearest.js';
import { setting } from '../../base/text/settings.js';
import { counted, listed } from '../../base/text/words.js';
import { checkFit, knownDatasets } from '../../data/index.js';
import { buildGraph } from '../../models/build.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { type TrainableSpec, trainable } from '../../models/trainable.js';
import { loadModel } from '../../models/zoo.js';
import { limitOf, limitText } from '../../runs/images.js';
import { configText } from '../../runs/run-config.js';
import { claimFolder } from '../../runs/run-paths.js';
import { mayValidate } from '../../training/evaluation/training-data.js';
import type { TrainRequest } from '../../training/plan.js';
import { specWithSettings } from '../../training/settings/settings.js';
import { requireTargetImages } from '../../training/settings/targets.js';
import { placeOf } from './place.js';
import {
  COMPARISON,
  isPlainName,
  isTrainingFolder,
  LIMIT_KEY,
  modelFile,
  type PlannedRun,
  readTrainingFolder,
  resumeComparison,
  type TrainingFolder,
  writeTrainingFolder,
} from './training-folder.js';
import {
  type Cell,
  cellName,
  cellsOf,
  cellText,
  pathOf,
  readLimit,
  readVaried,
  setsOf,
  type Varied,
} from './vary.js';

/** What a comparison that trains was asked for, with its values read. */
interface ComparisonRequest extends Omit<TrainRequest, 'model' | 'resume'> {
  readonly models: readonly string[];
  /** Folders of runs that are shown beside what is trained. */
  readonly others: readonly string[];
  readonly seeds?: number;
  /** Settings of which every combination is trained: `learningRate=0.01,0.001`. */
  readonly vary?: readonly string[];
  /** So many of the combinations, drawn by the seed. */
  readonly sample?: number;
  /** So many trainings at a time. */
  readonly jobs?: number;
}

/** A comparison that is ready to be trained, or to go on. */
export interface ComparisonPlan {
  readonly dir: string;
  readonly content: TrainingFolder;
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
  const { specs, runs } = plannedRuns(request, notice);
  const first = [...specs.keys()].map(modelFile);
  const claimed = await claimFolder(runDir, 'compare', { first, last: COMPARISON });
  try {
    for (const [name, spec] of specs) {
      await writeWholeText(join(claimed.dir, modelFile(name)), { what: 'a model' }, configText(spec));
    }
    const content = await writeTrainingFolder(claimed.dir, {
      cnnzoo: cnnzooVersion(),
      created: new Date().toISOString(),
      runs,
      others: request.others.map((dir) => resolve(dir)),
      request: leftOver(request),
    });
    // From here on any process may train what is left of it: each run has an owner of its own.
    await claimed.release();
    return { dir: claimed.dir, content };
  } catch (error) {
    await claimed.abandon();
    throw error;
  }
}

/**
 * A comparison that is to go on. Other processes may train some of its runs at the same time.
 * @param only folders of the runs that are to be trained; all of them where there are none
 * @throws UsageError where `dir` holds no comparison or no such run; WorkError where it cannot be read
 */
export function planResumption(dir: string, only: readonly string[] = []): ComparisonPlan {
  const content = readTrainingFolder(dir);
  const folders = content.runs.map(({ folder }) => folder);
  const unknown = only.find((folder) => !folders.includes(folder));
  if (unknown !== undefined) {
    throw new UsageError(
      `${setting('only', unknown)}: ${dir} has no such run. ${didYouMean(unknown, folders)}`,
    );
  }
  return { dir, content };
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

/**
 * The models under one budget, and what is trained of them: all models and combinations with the first seed, then all with
 * the second, so that whatever stops it early, they are at level.
 * @throws UsageError for whatever is wrong with any of them
 */
function plannedRuns(
  request: ComparisonRequest,
  notice: (message: string) => void,
): { readonly specs: ReadonlyMap<string, ModelSpec>; readonly runs: PlannedRun[] } {
  const { seeded, varied } = variedOf(request);
  const specs = budgeted(request, notice);
  const first = [...specs.values()][0]!.config.training.seed;
  const seeds = seeded ?? Array.from({ length: request.seeds ?? 1 }, (_, i) => first + i);
  const cells = cellsOf(varied, { sample: request.sample, seed: seeds[0]! });
  if (varied.length > 0) checkCells(request, cells);
  const folders = new Map<string, string>();
  const runs = seeds.flatMap((seed) =>
    [...specs.keys()].flatMap((model) =>
      cells.map((cell): PlannedRun => {
        const folder = uniqueName(folderName(model, cell, seeds.length > 1 ? seed : null), folders);
        folders.set(folder, folder);
        return { model, seed, folder, varied: cell };
      }),
    ),
  );
  return { specs, runs };
}

/** `lenet5-seed2`; with settings that are varied `lenet5,learningRate=0.01,seed=2`. */
function folderName(model: string, cell: Cell, seed: number | null): string {
  const isVaried = Object.keys(cell).length > 0;
  const ending = seed === null ? '' : isVaried ? `,seed=${seed}` : `-seed${seed}`;
  return `${model}${isVaried ? `,${cellName(cell)}` : ''}${ending}`;
}

/** What is varied, seeds apart from all else. @throws UsageError for what is given in another way too */
function variedOf(request: ComparisonRequest): {
  readonly seeded: readonly number[] | undefined;
  readonly varied: readonly Varied[];
} {
  const all = (request.vary ?? []).map(readVaried);
  if (all.length === 0 && request.sample !== undefined)
    throw new UsageError(`${setting('sample')} goes with ${setting('vary', 'KEY=V1,V2')}.`);
  for (const { key } of all) {
    if (!isGiven(request, key)) continue;
    throw new UsageError(
      `${setting('vary')}: ${key} is given by a flag of its own as well: leave one of them out.`,
    );
  }
  const seeds = all.find(({ key }) => pathOf(key) === 'training.seed');
  if (seeds !== undefined && request.seeds !== undefined)
    throw new UsageError(`${setting('seeds')} and seeds in ${setting('vary')} do not go together.`);
  return {
    seeded: seeds?.values.map((value) => readSeed(value)),
    varied: all.filter((one) => one !== seeds),
  };
}

function isGiven(request: ComparisonRequest, key: string): boolean {
  const path = pathOf(key);
  const short = path.replace(/^training\.(optimizer\.)?/, '');
  const flags: Readonly<Record<string, unknown>> = { ...request };
  const isFlag =
    flags[short] !== undefined || (path === 'training.optimizer.name' && flags.optimizer !== undefined);
  return isFlag || (request.set ?? []).some((set) => set.split('=')[0] === path);
}

function readSeed(value: string): number {
  if (/^\d{1,10}$/.test(value) && Number(value) <= 0xffffffff) return Number(value);
  throw new UsageError(`${setting('vary')}: a seed is a whole number of at least 0, got ${value}.`);
}

/** Whatever can be known to be wrong with a combination. @throws UsageError that names it */
function checkCells(request: ComparisonRequest, cells: readonly Cell[]): void {
  for (const cell of cells) {
    const limit = cell[LIMIT_KEY] === undefined ? request.limit : readLimit(cell[LIMIT_KEY]);
    const varied = { ...request, limit, set: [...(request.set ?? []), ...setsOf(cell)] };
    try {
      const specs = request.models.map((model) =>
        specWithSettings((overrides) => loadModel(model, overrides), varied),
      );
      checkAll(
        specs.map((spec) => trainable(spec, buildGraph(spec))),
        varied,
      );
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${setting('vary')}, with ${cellText(cell)}: ${error.message}`);
    }
  }
}

/** What the models' files do not say. Folders are written whole: a comparison may go on from elsewhere. */
function leftOver(request: ComparisonRequest): TrainingFolder['request'] {
  const { limit, dataset, dataDir, strict, jobs, until, tag, defaults } = request;
  const isName = knownDatasets().some(({ name }) => name === dataset);
  return {
    limit,
    dataset: dataset === undefined || isName ? dataset : resolve(dataset),
    ...placeOf(request),
    dataDir: dataDir === undefined ? undefined : resolve(dataDir),
    strict,
    jobs,
    until: until?.map(({ text }) => text),
    tag: tag === undefined ? undefined : [...tag],
    defaults: defaults ?? undefined,
  };
}
