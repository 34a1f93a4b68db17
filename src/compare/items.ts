import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError, WorkError } from '../errors.js';
import { shortest } from '../folders.js';
import type { ModelSpec } from '../models/spec.js';
import { isFile, loadModel, modelNames } from '../models/zoo.js';
import { nearest } from '../nearest.js';
import { isRun, RUN_INFO, requireRun } from '../training/run-paths.js';
import { openRun } from '../training/run-reader.js';
import { counted } from '../ui/format.js';
import { type TestedRun, testedRun } from './results.js';
import { isTrainingFolder, readTrainingFolder, resumeComparison } from './training-folder.js';

/** One thing to compare. */
export type CompareItem =
  | { readonly kind: 'model'; readonly spec: ModelSpec }
  | { readonly kind: 'run'; readonly run: TestedRun };

/** What the arguments of `compare` stand for. */
export interface CompareItems {
  readonly items: readonly CompareItem[];
  /** What is still to come. */
  readonly notes: readonly string[];
}

/**
 * Names of the zoo and what ends in .yaml are models; a folder is a run, or a comparison that stands for all of its runs.
 * @throws UsageError where one is neither, with what may have been meant; WorkError where a run's files cannot be read.
 */
export function readItems(args: readonly string[]): CompareItems {
  const found = args.map(readItem);
  const items = found.flatMap((part) => part.items);
  return { items: items.filter(isFirst), notes: found.flatMap(({ notes }) => notes) };
}

/** A run that is named twice, by itself and by its comparison, is one run. */
function isFirst(item: CompareItem, index: number, items: readonly CompareItem[]): boolean {
  if (item.kind !== 'run') return true;
  const dir = resolve(item.run.run.dir);
  return index === items.findIndex((other) => other.kind === 'run' && resolve(other.run.run.dir) === dir);
}

function readItem(argument: string): CompareItems {
  if (isModel(argument)) return { items: [{ kind: 'model', spec: loadModel(argument) }], notes: [] };
  if (isTrainingFolder(argument)) return readComparison(argument);
  requireRun(argument);
  return { items: [runItem(argument)], notes: [] };
}

/** Whether an argument can only mean a model: a name of the zoo, YAML, or a file. */
export function namesModel(argument: string): boolean {
  if (argument === '-' || /\.ya?ml$/.test(argument) || modelNames().includes(argument)) return true;
  const isOfRun = isRun(dirname(argument));
  return !isOfRun && statSync(argument, { throwIfNoEntry: false })?.isDirectory() === false;
}

/**
 * Whether an argument means a model; else it means a folder.
 * @throws UsageError where it means neither
 */
export function isModel(argument: string): boolean {
  if (namesModel(argument)) return true;
  if (existsSync(argument) || isFile(argument)) return false;
  const names = modelNames();
  const close = nearest(argument, names);
  const way = close ? `Did you mean "${close}"?` : `The zoo has ${names.join(', ')}.`;
  throw new UsageError(`There is neither a model nor a run folder "${argument}". ${way}`);
}

function runItem(dir: string): CompareItem {
  return { kind: 'run', run: testedRun(openRun(dir)) };
}

/** The runs of a comparison that have begun, and those that it was given. */
function readComparison(dir: string): CompareItems {
  const { runs, others } = readTrainingFolder(dir);
  const folders = runs.map(({ folder }) => join(dir, folder));
  const begun = folders.filter((folder) => existsSync(join(folder, RUN_INFO)));
  if (begun.length === 0) {
    throw new WorkError(`${dir} holds no run yet: go on with it by ${resumeComparison(dir)}`);
  }
  const items = [...begun, ...others.map(shortest)].map(runItem);
  const missing = runs.length - begun.length;
  const note = `Of ${dir} ${counted(missing, 'run')} of ${runs.length} ${missing === 1 ? 'has' : 'have'} not begun; go on with: ${resumeComparison(dir)}`;
  return { items, notes: missing > 0 ? [note] : [] };
}
