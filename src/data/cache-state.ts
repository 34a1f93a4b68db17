import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { codeOf, WorkError } from '../base/errors.js';
import { maxOf } from '../base/extremes.js';
import { whyUnreadable } from '../base/files/files.js';
import { isThere, statusOf } from '../base/files/folders.js';
import { pictureCacheFolder } from '../base/files/user-cache.js';
import { cacheFiles, defaultBound, emptyCache, totalBytes } from './cache/cache-files.js';

/** What the cache of decoded pictures takes on the disk. */
export interface CacheState {
  readonly folder: string;
  readonly bytes: number;
  /** What it takes at most where nothing else is asked for. */
  readonly bound: number;
  /** Of pictures of one size and made by one rule: [H, W, C] and a mark of the rule. */
  readonly forms: readonly {
    readonly form: string;
    readonly packs: number;
    readonly bytes: number;
    /** When any of them was last used, ISO 8601. */
    readonly used: string;
  }[];
}

/** @throws WorkError where its folder cannot be read, or something else is in its place */
export async function cacheState(): Promise<CacheState> {
  const folder = await readableFolder();
  const files = await cacheFiles(folder);
  const names = [...new Set(files.map(({ path }) => basename(dirname(path))))].sort();
  const forms = names.map((form) => {
    const own = files.filter(({ path }) => basename(dirname(path)) === form);
    const used = maxOf(own.map((file) => file.used));
    return { form, packs: own.length, bytes: totalBytes(own), used: new Date(used).toISOString() };
  });
  return { folder, bytes: totalBytes(files), bound: await defaultBound(folder), forms };
}

export interface Emptied {
  readonly folder: string;
  readonly packs: number;
  readonly bytes: number;
}

/**
 * Deletes all that no process is writing. Runs that read it go on, and decode what they have not read yet.
 * @throws WorkError as cacheState
 */
export async function emptyPictureCache(): Promise<Emptied> {
  const folder = await readableFolder();
  return { folder, ...(await emptyCache(folder)) };
}

/** The cache's folder, which need not be there yet. */
async function readableFolder(): Promise<string> {
  const folder = pictureCacheFolder();
  try {
    await readdir(folder);
  } catch (error) {
    requireFolder(folder);
    if (codeOf(error) !== 'ENOENT')
      throw new WorkError(
        `The cache of decoded pictures, ${folder}, cannot be read: ${whyUnreadable(error)}.`,
      );
  }
  return folder;
}

/** @throws WorkError where what is in the place of a folder, or of one above it, is none */
function requireFolder(folder: string): void {
  let place = folder;
  while (!isThere(place)) place = dirname(place);
  const status = statusOf(place);
  if (status?.isDirectory()) return;
  throw new WorkError(
    `${place} is ${status === undefined ? 'a link that leads nowhere' : 'a file'}, so that no decoded pictures can be cached in ${folder}: move it away, or set XDG_CACHE_HOME to another folder.`,
  );
}
