import { accessSync, lstatSync, type Stats, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { codeOf } from '../errors.js';

/**
 * Makes a folder and those above it that are missing; returns those that were made.
 * @throws the system's error where that cannot be
 */
export async function makeFolders(dir: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(dir); !exists(folder); folder = dirname(folder)) missing.unshift(folder);
  // One by one: in a place where nothing can be made, such as /proc, Node's `recursive` does not come to an end.
  for (const folder of missing) await mkdir(folder).catch(unlessThere);
  return missing;
}

/** Another process may make the same folder at the same time. */
function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

/**
 * What is at a path; undefined where nothing is that can be reached: also behind links that lead in a circle, in a folder
 * that may not be read, and of a text that is too long for a path.
 */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether there is anything of this name, if only a link that leads nowhere. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

export function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A path as seen from the current folder, where that is shorter. */
export function shortest(path: string): string {
  const here = relative(process.cwd(), path);
  return here !== '' && here.length < path.length ? here : path;
}
