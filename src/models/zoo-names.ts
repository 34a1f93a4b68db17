import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
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
