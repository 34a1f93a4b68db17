import { statSync } from 'node:fs';
import { UsageError } from '../errors.js';
import type { ModelSpec } from '../models/spec.js';
import { isFile, loadModel, modelNames } from '../models/zoo.js';
import { nearest } from '../nearest.js';
import { requireRun } from '../training/run-paths.js';
import { openRun } from '../training/run-reader.js';
import { type TestedRun, testedRun } from './results.js';

/** What an argument of `compare` stands for. */
export type CompareItem =
  | { readonly kind: 'model'; readonly spec: ModelSpec }
  | { readonly kind: 'run'; readonly run: TestedRun };

/**
 * A MODEL or RUN argument: a name of the zoo and what ends in .yaml are models; a folder is a run.
 * @throws UsageError where it is neither, with what may have been meant; WorkError where a run's files cannot be read.
 */
export function readItem(argument: string): CompareItem {
  if (isModel(argument)) return { kind: 'model', spec: loadModel(argument) };
  requireRun(argument);
  return { kind: 'run', run: testedRun(openRun(argument)) };
}

export function isModel(argument: string): boolean {
  if (argument === '-' || /\.ya?ml$/.test(argument)) return true;
  const names = modelNames();
  if (names.includes(argument)) return true;
  const stat = statSync(argument, { throwIfNoEntry: false });
  if (stat !== undefined) return !stat.isDirectory();
  if (isFile(argument)) return false;
  const close = nearest(argument, names);
  const way = close ? `Did you mean "${close}"?` : `The zoo has ${names.join(', ')}.`;
  throw new UsageError(`There is neither a model nor a run folder "${argument}". ${way}`);
}
