import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE } from '../../base/files/places.js';

/** The folder of the lessons that come with the program. */
export const LESSONS = fileURLToPath(new URL('configs/lessons/', PACKAGE));

/** Their names, in alphabetical order: one a file. */
export function lessonNames(): string[] {
  return (existsSync(LESSONS) ? readdirSync(LESSONS) : [])
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}
