import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WorkError } from '../../base/errors.js';
import { isThere, shortest } from '../../base/files/folders.js';
import { counted } from '../../base/text/words.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { loadModel } from '../../models/zoo.js';
import { isModel } from '../../runs/argument.js';
import { RUN_INFO } from '../../runs/run-paths.js';
import { openRun } from '../../runs/run-reader.js';
import { type TestedRun, testedRun } from './results.js';
import { type Figures, figuresOf } from './row.js';
import { isTrainingFolder, readTrainingFolder, resumeComparison } from './training-folder.js';
import type { Cell } from './vary.js';

/** One thing to compare. */
type CompareItem = { readonly figures: Figures } & (
  | { readonly kind: 'model'; readonly spec: ModelSpec }
  | { readonly kind: 'run'; readonly run: TestedRun }
);

/** What the arguments of `compare` stand for. */
export interface CompareItems {
  readonly items: readonly CompareItem[];
  /** What was varied in runs of comparisons, by their folders. */
  readonly cells: ReadonlyMap<string, Cell>;
  /** What is still to come. */
  readonly notes: readonly string[];
  /** What is there and cannot be read: it does not hide the rest. */
  readonly problems: readonly WorkError[];
}

/**
 * Names of the zoo and what ends in .yaml are models; a folder is a run, or a comparison that stands for all of its runs.
 * @throws UsageError where one is not there at all, with what may have been meant; where nothing can be read, what is
 * wrong with it.
 */
export function readItems(args: readonly string[]): CompareItems {
  const { items, cells, notes, problems } = joined(args.map(readArgument));
  if (items.length === 0 && problems.length === 1) throw problems[0];
  if (items.length === 0 && problems.length > 1) throw new WorkError(sentencesOf(problems));
  const once = withoutRepetitions(items);
  return { items: once.items, cells, notes: [...once.notes, ...notes], problems };
}

/** What is wrong, a sentence each. */
export function sentencesOf(problems: readonly WorkError[]): readonly string[] {
  return problems.flatMap(({ sentences }) => sentences);
}

function joined(parts: readonly CompareItems[]): CompareItems {
  return {
    items: parts.flatMap(({ items }) => items),
    cells: new Map(parts.flatMap(({ cells }) => [...cells])),
    notes: parts.flatMap(({ notes }) => notes),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

/** A name that stands for nothing is a mistake of whoever typed it; what lies there and cannot be read is a problem. */
function readArgument(argument: string): CompareItems {
  const mayBeBad = argument !== '-' && isThere(argument);
  return mayBeBad ? guarded(() => readItem(argument)) : readItem(argument);
}

function guarded(read: () => CompareItems): CompareItems {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    return { items: [], cells: NONE, notes: [], problems: [error] };
  }
}

const NONE: ReadonlyMap<string, Cell> = new Map();

function one(item: CompareItem, problems: readonly WorkError[] = []): CompareItems {
  return { items: [item], cells: NONE, notes: [], problems };
}

/** Each thing once, and what is named again: a run perhaps by itself and by its comparison. */
function withoutRepetitions(items: readonly CompareItem[]): Pick<CompareItems, 'items' | 'notes'> {
  const byPlace = new Map<string, CompareItem[]>();
  for (const item of items) byPlace.set(placeOf(item), [...(byPlace.get(placeOf(item)) ?? []), item]);
  const all = [...byPlace.values()];
  return { items: all.map(([first]) => first!), notes: all.flatMap(repetitionNotes) };
}

function repetitionNotes([item, ...again]: readonly CompareItem[]): string[] {
  if (item === undefined || again.length === 0) return [];
  const name = item.kind === 'run' ? item.run.run.dir : item.spec.name;
  return [`${name} is named ${again.length === 1 ? 'twice' : `${again.length + 1} times`} and has one row.`];
}

/** Where a run or a model's config lies. */
function placeOf(item: CompareItem): string {
  return resolve(item.kind === 'run' ? item.run.run.dir : item.spec.source.file);
}

function readItem(argument: string): CompareItems {
  if (isModel(argument)) {
    const spec = loadModel(argument);
    return one({ kind: 'model', spec, figures: figuresOf(spec) });
  }
  return isTrainingFolder(argument) ? readComparison(argument) : readRun(argument);
}

/** A run; one whose predictions are damaged has its other figures still. */
function readRun(dir: string): CompareItems {
  const run = openRun(dir);
  const figures = figuresOf(run.spec);
  try {
    return one({ kind: 'run', run: testedRun(run), figures });
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    return one({ kind: 'run', run: { run, test: run.info.test, predictions: null }, figures }, [error]);
  }
}

/** The runs of a comparison that have begun, and those that it was given. */
function readComparison(dir: string): CompareItems {
  const { runs, others } = readTrainingFolder(dir);
  const folders = runs.map(({ folder }) => join(dir, folder));
  const begun = folders.filter((folder) => existsSync(join(folder, RUN_INFO)));
  if (begun.length === 0) {
    throw new WorkError(`${dir} holds no run yet: go on with it by ${resumeComparison(dir)}`);
  }
  const found = joined([...begun, ...others.map(shortest)].map((run) => guarded(() => readRun(run))));
  const missing = runs.length - begun.length;
  const note = `Of ${dir} ${counted(missing, 'run')} of ${runs.length} ${missing === 1 ? 'has' : 'have'} not begun; go on with: ${resumeComparison(dir)}`;
  const varied = runs.filter((run) => Object.keys(run.varied).length > 0);
  const cells = new Map(varied.map((run) => [join(dir, run.folder), run.varied]));
  return { ...found, cells, notes: missing > 0 ? [note] : [] };
}
