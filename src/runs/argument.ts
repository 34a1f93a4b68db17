import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../base/errors.js';
import { statusOf } from '../base/files/folders.js';
import { nearest } from '../base/text/nearest.js';
import { isFile, modelNames } from '../models/zoo.js';
import { isRun } from './run-paths.js';

/** Whether an argument can only mean a model: a name of the zoo, YAML, or a file. */
export function namesModel(argument: string): boolean {
  if (argument === '-' || /\.ya?ml$/.test(argument) || modelNames().includes(argument)) return true;
  const isOfRun = isRun(dirname(argument));
  return !isOfRun && statusOf(argument)?.isDirectory() === false;
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
