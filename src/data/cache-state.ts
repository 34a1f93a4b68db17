import { basename, dirname } from 'node:path';
import { maxOf } from '../base/extremes.js';
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

export async function cacheState(): Promise<CacheState> {
  const folder = pictureCacheFolder();
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

/** Deletes all that no process is writing. Runs that read it go on, and decode what they have not read yet. */
export async function emptyPictureCache(): Promise<Emptied> {
  const folder = pictureCacheFolder();
  return { folder, ...(await emptyCache(folder)) };
}
