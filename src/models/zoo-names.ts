import { readdirSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE } from '../base/files/places.js';

/** The folder of the zoo's models. */
export const CONFIGS = fileURLToPath(new URL('configs/', PACKAGE));

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

/** What a MODEL argument is called where it names things, such as the folder of a run. */
export function modelNameOf(model: string): string {
  if (model === '-') return 'stdin';
  return isFile(model) ? basename(model, extname(model)) : model;
}
