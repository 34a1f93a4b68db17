import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { type Override, parseSource } from './source.js';
import { type ModelSpec, readSpec } from './spec.js';

const CONFIGS = fileURLToPath(new URL('../../configs/', import.meta.url));

/** The names of the zoo's models, in alphabetical order: one a file in configs/. */
export function modelNames(): string[] {
  return readdirSync(CONFIGS)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** Whether a MODEL argument is a file of the user's own: anything with a `/` or ending in .yaml or .yml, or `-`. */
export function isFile(model: string): boolean {
  return model === '-' || /[\\/]/.test(model) || /\.ya?ml$/.test(model);
}

/**
 * The spec of a MODEL argument: a zoo name, a path to a YAML file, or `-` for YAML on standard input.
 * @throws UsageError for an unknown name (with the nearest), a file that cannot be read, an invalid config.
 */
export function loadModel(model: string, overrides: readonly Override[] = []): ModelSpec {
  if (!isFile(model)) return loadZooModel(model, overrides);
  const { file, name } =
    model === '-'
      ? { file: 'standard input', name: 'stdin' }
      : { file: model, name: basename(model, extname(model)) };
  return readSpec(name, parseSource(file, readText(model), overrides));
}

function loadZooModel(name: string, overrides: readonly Override[]): ModelSpec {
  const names = modelNames();
  if (!names.includes(name)) {
    const close = nearest(name, names);
    const way = close ? `Did you mean "${close}"?` : `There are ${names.join(', ')}.`;
    throw new UsageError(
      `There is no model "${name}" in the zoo. ${way} A file of your own needs a "/" or the ending .yaml.`,
    );
  }
  const path = `${CONFIGS}${name}.yaml`;
  const short = relative(process.cwd(), path);
  return readSpec(
    name,
    parseSource(short.length < path.length ? short : path, readFileSync(path, 'utf8'), overrides),
  );
}

function readText(model: string): string {
  if (model === '-') {
    try {
      return readFileSync(0, 'utf8');
    } catch (error) {
      throw new UsageError(
        `No model could be read from standard input (${codeOf(error)}): pipe a YAML config into it.`,
      );
    }
  }
  try {
    if (statSync(model).isDirectory()) {
      throw new UsageError(`${model} is a folder: name a YAML file in it, or a model of the zoo.`);
    }
    return readFileSync(model, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why =
      { ENOENT: 'there is no such file', EACCES: 'it may not be read' }[codeOf(error) ?? ''] ?? String(error);
    throw new UsageError(`${model} cannot be read: ${why}.`);
  }
}
