import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../base/errors.js';
import { removeAtExit } from '../../base/files/at-exit.js';
import { ownerName, stateOfNamed } from '../../base/machine/owner.js';
import { PACK_ENDING } from './pack.js';

/** Of a pack that is being written: its name begins with the process that writes it. */
const TEMPORARY_ENDING = '.tmp';
/** Where it cannot be seen whether that process still runs, nobody has written to it for so long when it counts as left. */
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

/** A name for a pack that this process writes. */
export function temporaryPack(): string {
  return `${ownerName()}-${randomBytes(6).toString('hex')}${TEMPORARY_ENDING}`;
}

/**
 * The files of the cache in `root`: a folder for each form of pictures, with packs in it. Those that a process has left
 * which was killed while it wrote them do not count.
 */
export async function cacheFiles(root: string): Promise<CacheFile[]> {
  return (await everyFile(root)).filter((file) => !isLeft(file));
}

async function everyFile(root: string): Promise<CacheFile[]> {
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

function isTemporary({ path }: CacheFile): boolean {
  return path.endsWith(TEMPORARY_ENDING);
}

/** Whether a file was being written by a process that is gone. */
function isLeft(file: CacheFile): boolean {
  if (!isTemporary(file)) return false;
  const state = stateOfNamed(basename(file.path));
  if (state === 'alive' || state === 'gone') return state === 'gone';
  return file.used < Date.now() - STALE_MS;
}

/** Deletes what processes have left that are gone. */
export async function removeLeft(root: string): Promise<void> {
  for (const file of await everyFile(root)) if (isLeft(file)) await isRemoved(file.path);
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
  await removeLeft(root);
  const files = (await cacheFiles(root)).sort((a, b) => a.used - b.used);
  let total = totalBytes(files);
  for (const file of files) {
    if (total <= bound) break;
    const isOld = !isTemporary(file) && file.used < begun;
    if (isOld && (await isRemoved(file.path))) total -= file.bytes;
  }
  return total <= bound;
}

/** Deletes the whole cache but for what is being written. @returns what was deleted */
export async function emptyCache(root: string): Promise<{ readonly packs: number; readonly bytes: number }> {
  let [packs, bytes] = [0, 0];
  for (const file of await everyFile(root)) {
    const isWritten = isTemporary(file) && !isLeft(file);
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

/** Who has it may make room and end packs; it names its process. */
const TURN = '.turn';
const TURN_WAIT_MS = 20;
/** Who has had its turn for so long counts as killed; who has waited for so long goes on without. */
const LONGEST_TURN_MS = 30_000;

/** Does work in a folder that no other process does there meanwhile. */
export async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, TURN);
  if (!(await hasTurn(path))) return work();
  const isOver = removeAtExit(path);
  try {
    return await work();
  } finally {
    await isRemoved(path);
    isOver();
  }
}

async function hasTurn(path: string): Promise<boolean> {
  for (const begin = Date.now(); Date.now() - begin < LONGEST_TURN_MS; await sleep(TURN_WAIT_MS)) {
    try {
      await writeFile(path, ownerName(), { flag: 'wx' });
      return true;
    } catch (error) {
      // On a full disk, say, it goes without.
      if (codeOf(error) !== 'EEXIST') return false;
    }
    if (await isLeftTurn(path)) await isRemoved(path);
  }
  return false;
}

/** Whether the turn is that of a process that is gone, or may be. */
async function isLeftTurn(path: string): Promise<boolean> {
  const since = (await statusOf(path))?.mtimeMs;
  if (since === undefined) return false;
  const owner = await readFile(path, 'utf8').catch(() => '');
  return stateOfNamed(owner) === 'gone' || Date.now() - since > LONGEST_TURN_MS;
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
