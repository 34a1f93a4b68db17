import type { Stats } from 'node:fs';
import { readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../base/errors.js';
import { PACK_ENDING } from './pack.js';

/** Of a pack that is being written. */
export const TEMPORARY_ENDING = '.tmp';
/** A pack that nobody has written to for so long was being written when its process was killed. */
const STALE_MS = 3_600_000;

/** Unless a request says otherwise the cache takes no more than this. */
const MOST_BYTES = 20e9;
/** And no more than this share of what the disk has for it. */
const DISK_SHARE = 0.5;

/** A file of the cache. */
interface CacheFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was last used, in milliseconds. */
  readonly used: number;
}

/** All files of the cache in `root`: a folder for each form of pictures, with packs in it. */
export async function cacheFiles(root: string): Promise<CacheFile[]> {
  const files: CacheFile[] = [];
  for (const form of await entriesOf(root)) {
    const folder = join(root, form);
    for (const entry of await entriesOf(folder)) {
      if (!entry.endsWith(PACK_ENDING) && !entry.endsWith(TEMPORARY_ENDING)) continue;
      const path = join(folder, entry);
      const found = await statusOf(path);
      if (found?.isFile()) files.push({ path, bytes: found.size, used: found.mtimeMs });
    }
  }
  return files;
}

export function totalBytes(files: readonly CacheFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What the cache in `root` may take where nothing else is said. */
export async function defaultBound(root: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(root);
    return Math.min(MOST_BYTES, DISK_SHARE * (bavail * bsize + totalBytes(await cacheFiles(root))));
  } catch {
    return MOST_BYTES;
  }
}

/**
 * Deletes packs, the one first that was not used for longest, until all files together take `bound` bytes at most.
 * @param begun packs that were used since, in milliseconds, stay: those of runs of now
 * @returns whether that was enough
 */
export async function shrinkTo(root: string, bound: number, begun: number): Promise<boolean> {
  const files = (await cacheFiles(root)).sort((a, b) => a.used - b.used);
  let total = totalBytes(files);
  for (const { path, bytes, used } of files) {
    if (total <= bound) break;
    const isOld = path.endsWith(PACK_ENDING) ? used < begun : used < Date.now() - STALE_MS;
    if (isOld && (await isRemoved(path))) total -= bytes;
  }
  return total <= bound;
}

/** Deletes the whole cache but for what is being written. @returns what was deleted */
export async function emptyCache(root: string): Promise<{ readonly packs: number; readonly bytes: number }> {
  let [packs, bytes] = [0, 0];
  for (const file of await cacheFiles(root)) {
    const isWritten = file.path.endsWith(TEMPORARY_ENDING) && file.used >= Date.now() - STALE_MS;
    if (isWritten || !(await isRemoved(file.path))) continue;
    packs += 1;
    bytes += file.bytes;
  }
  return { packs, bytes };
}

/** Windows keeps a file that another process has open. */
async function isRemoved(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

/** Who has it may make room and end packs. */
const TURN = '.turn';
const TURN_WAIT_MS = 20;
/** Who has had its turn for so long was killed; who has waited for so long goes on without. */
const LONGEST_TURN_MS = 30_000;

/** Does work in a folder that no other process does there meanwhile. */
export async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, TURN);
  const isMine = await hasTurn(path);
  try {
    return await work();
  } finally {
    if (isMine) await isRemoved(path);
  }
}

async function hasTurn(path: string): Promise<boolean> {
  for (const begin = Date.now(); Date.now() - begin < LONGEST_TURN_MS; await sleep(TURN_WAIT_MS)) {
    try {
      await writeFile(path, '', { flag: 'wx' });
      return true;
    } catch (error) {
      // On a full disk, say, it goes without.
      if (codeOf(error) !== 'EEXIST') return false;
    }
    const since = (await statusOf(path))?.mtimeMs;
    if (since !== undefined && Date.now() - since > LONGEST_TURN_MS) await isRemoved(path);
  }
  return false;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

async function statusOf(path: string): Promise<Stats | undefined> {
  // Another process may delete it meanwhile.
  return stat(path).catch(() => undefined);
}
