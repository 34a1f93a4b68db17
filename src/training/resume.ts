import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError, WorkError } from '../base/errors.js';
import { setting } from '../base/text/settings.js';
import { counted, listed } from '../base/text/words.js';
import type { Dataset } from '../data/sets/dataset.js';
import type { ModelSpec } from '../models/config/spec.js';
import { isFile, loadModel } from '../models/zoo.js';
import type { Checkpoint } from '../runs/checkpoint.js';
import { type Limit, limitText } from '../runs/images.js';
import { isPatienceOver } from '../runs/progress.js';
import { CONFIG, resumeCommand } from '../runs/run-paths.js';
import type { Run } from '../runs/run-reader.js';
import type { TrainingData } from './evaluation/training-data.js';
import { isLoss } from './settings/goal.js';
import { networkSets, type SettingFlags, specWithSettings, withTraining } from './settings/settings.js';
import { standingOf, type Target } from './settings/targets.js';

/** What was asked for of a run that is to go on. */
interface ResumeWish {
  /** The run's own model with the command line's settings: what that does not say is not wished for. */
  readonly spec: ModelSpec;
  /** Epochs in all, where the command line says. */
  readonly epochs: number | undefined;
  readonly limit: Limit | undefined;
}

/**
 * The spec that a run goes on with: its own, with another number of epochs perhaps.
 * @throws UsageError where the command line wants another network or another recipe than the run's.
 */
export function resumedSpec(run: Run, wish: ResumeWish): ModelSpec {
  if (!isSameNetwork(run.spec, wish.spec)) {
    throw new UsageError(
      `${setting('resume', run.dir)}: a run goes on with the network that it was begun with, so its layers cannot be changed by ${setting('set')}.`,
    );
  }
  requireSameRecipe(run, wish);
  if (wish.epochs === undefined) return run.spec;
  return withTraining(run.spec, [
    { key: 'epochs', value: wish.epochs, origin: setting('epochs', wish.epochs) },
  ]);
}

/**
 * Checks that the model named beside a run that is to go on is what the run was begun with; its recipe does not count.
 * @param flags of the command line; those of the network that the run was begun with hold, too
 * @returns what to tell: a model of the zoo may have changed since
 * @throws UsageError where it is another network
 */
export function requireSameModel({ dir, info, spec }: Run, model: string, flags: SettingFlags): string[] {
  const { input, classes } = spec.config;
  const begun: SettingFlags = {
    input,
    classes,
    set: [...info.networkSets, ...networkSets(flags)],
  };
  const asked = specWithSettings((overrides) => loadModel(model, overrides), begun);
  // With weights of another program their way with pictures was taken over.
  const same = info.initialWeights?.prepared ? withPixels(asked, spec) : asked;
  if (isSameNetwork(spec, same)) return [];
  if (!isFile(model) && model === info.model) {
    return [
      `${model} is another network in this version of cnnzoo than when the run was begun, which goes on with its own: ${join(dir, CONFIG)}.`,
    ];
  }
  throw new UsageError(
    `${setting('resume', dir)}: that is a run of another network than ${model} (its model is ${spec.name}). Go on with it by: ${resumeCommand(dir)}`,
  );
}

function withPixels(spec: ModelSpec, { config: { pixels } }: ModelSpec): ModelSpec {
  return { ...spec, config: { ...spec.config, pixels } };
}

function isSameNetwork(one: ModelSpec, other: ModelSpec): boolean {
  const networkOf = ({ config, layers }: ModelSpec): unknown => ({
    input: config.input,
    classes: config.classes,
    pixels: config.pixels,
    layers: layers.map(({ kind, name, params, inputs }) => ({ kind, name, params, inputs })),
  });
  return isDeepStrictEqual(networkOf(one), networkOf(other));
}

function requireSameRecipe({ dir, info, spec }: Run, wish: ResumeWish): void {
  const begun = leaves({ ...spec.config.training, limit: textOf(info.dataset.limit) });
  const wanted = leaves({ ...wish.spec.config.training, limit: textOf(wish.limit ?? info.dataset.limit) });
  const other = [...begun.keys(), ...wanted.keys()].find(
    (key) => key !== 'epochs' && begun.get(key) !== wanted.get(key),
  );
  if (other === undefined) return;
  const way = `A run goes on as it was begun: only ${setting('epochs')}, ${setting('engine')}, ${setting('device')}, ${setting('threads')} and where the data lies may differ.`;
  throw new UsageError(
    `${setting('resume', dir)}: the run was begun with ${other} ${begun.get(other) ?? 'none'}, not ${wanted.get(other) ?? 'none'}. ${way}`,
  );
}

/** A limit as one setting, whatever its form. */
const textOf = (limit: Limit | null): string | null => (limit === null ? null : limitText(limit));

/** Settings by their whole names, `optimizer.learningRate`; those that are null are left out. */
function leaves(settings: object, prefix = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(settings) as [string, unknown][]) {
    if (typeof value !== 'object') found.set(prefix + key, value);
    else for (const [name, leaf] of leaves(value ?? {}, `${prefix}${key}.`)) found.set(name, leaf);
  }
  return found;
}

/** @throws UsageError where nothing is left to do, or fewer epochs are wanted than are done. */
export function requireWorkLeft(
  { dir, info }: Run,
  spec: ModelSpec,
  checkpoint: Checkpoint | null,
  targets: readonly Target[],
): void {
  const { epochs, earlyStopping } = spec.config.training;
  if (checkpoint === null) return;
  const { epoch, step, history } = checkpoint.progress;
  if (epochs < epoch || (epochs === epoch && step > 0)) {
    throw new UsageError(
      `${setting('resume', dir)}: ${counted(epoch, 'epoch')} ${epoch === 1 ? 'is' : 'are'} done already${step > 0 ? ' and a part of the next' : ''}, so there cannot be ${epochs} in all.`,
    );
  }
  if (info.test === null) return;
  if (earlyStopping !== null && isPatienceOver(history, earlyStopping.patience)) {
    throw new UsageError(
      `${setting('resume', dir)}: the run is complete: early stopping ended it after ${counted(epoch, 'epoch')}. A new run with more patience: ${setting('earlyStopping', earlyStopping.patience * 2)}`,
    );
  }
  const last = history.at(-1);
  if (last !== undefined && step === 0 && standingOf(targets, last, info.test).reached) {
    const { metric, value } = targets[0]!;
    throw new UsageError(
      `${setting('resume', dir)}: the run is complete: it reached ${listed(targets.map(({ text }) => text))} after epoch ${epoch}. To train it further, ask for more by ${setting('until')}, such as ${metric}=${beyond(metric, value)}.`,
    );
  }
  if (epoch < epochs) return;
  throw new UsageError(
    `${setting('resume', dir)}: the run is complete, ${epoch === 1 ? 'its one epoch is' : `all ${epoch} epochs are`} done. To train it further, say how many there shall be in all: ${resumeCommand(dir)} ${setting('epochs', epoch * 2)}`,
  );
}

/** A figure that is harder to reach. */
function beyond(metric: string, value: number): number {
  return Number((isLoss(metric) ? value / 2 : (1 + value) / 2).toPrecision(4));
}

/** @throws WorkError where the images are not those that the run was begun with. */
export function requireSameData({ dir, info }: Run, found: Dataset): void {
  const { name, identity, origin } = info.dataset;
  if (found.identity === identity) return;
  throw new WorkError(
    `${setting('resume', dir)}: the images are not those that the run was begun with: ${found.name} from ${found.origin} is ${found.identity}, the run had ${name} from ${origin}, ${identity}. Name the folder of the old ones by ${setting('dataDir')} or ${setting('dataset')}, or begin a new run.`,
  );
}

/**
 * @throws WorkError where pictures have been damaged since, or can be used by now, in a way that shows only when they
 * are decoded: their order would be another.
 */
export function requireSameImages({ dir, info }: Run, data: TrainingData): void {
  const { trainImages, validationImages, testImages } = info.dataset;
  const had = [trainImages, validationImages, testImages].join(', ');
  const has = [data.train.count, data.validation?.count ?? 0, data.test.count].join(', ');
  if (had === has) return;
  throw new WorkError(
    `${setting('resume', dir)}: the run was begun with ${had} images for training, validation and testing that can be used, and now there are ${has}. Put the old files back, or begin a new run.`,
  );
}
