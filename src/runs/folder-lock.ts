import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { codeOf, OwnedError, UsageError } from '../base/errors.js';
import { asWriteError, temporaryName, writeNew } from '../base/files/files.js';
import { stateOf, thisProcess } from '../base/machine/owner.js';
import { ownerSchema } from '../base/machine/owner-schema.js';

/** The file in a folder that says which process owns it: no other writes into the folder. */
export const LOCK = 'owner.lock';

/** A folder that this process owns. */
export interface FolderLock {
  /** Whether a process that is gone had left it locked. */
  readonly tookOver: boolean;
  release(): Promise<void>;
}

const schema = z.object({
  ...ownerSchema.shape,
  /** Drawn anew for every lock, so that none is taken for another. */
  token: z.string().regex(/^[0-9a-f]{24}$/),
  /** ISO 8601. */
  since: z.string(),
});
type Lock = z.output<typeof schema>;

/**
 * Makes this process the owner of a folder, until it releases it or ends. An owner that is gone is followed by one process,
 * however many try at once.
 * @throws UsageError where another process owns the folder, or may do so; the system's error where it cannot be written to.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const path = join(dir, LOCK);
  const mine = newLock();
  const tookOver = await acquire(dir, path, mine);
  const whole = resolve(path);
  held.set(whole, mine);
  await removeLeftovers(dir);
  return { tookOver, release: () => release(whole, mine) };
}

/**
 * Makes this process the owner of a run that is there.
 * @throws UsageError where another process owns it; WorkError where its folder cannot be written to.
 */
export async function lockRun(dir: string): Promise<FolderLock> {
  try {
    return await lockFolder(dir);
  } catch (error) {
    throw asWriteError(join(dir, LOCK), { what: 'the lock of the folder' }, error);
  }
}

/** @throws UsageError where a process owns the folder, or may do so. */
export async function requireUnlocked(dir: string): Promise<void> {
  const path = join(dir, LOCK);
  const lock = await readLock(path);
  if (lock !== null) requireGone(dir, path, lock);
}

/** Whether an entry of a folder has to do with its lock. */
export function isOfLock(entry: string): boolean {
  const name = entry.replace(/^\.+/, '');
  return name === LOCK || name.startsWith(`${LOCK}.`);
}

/**
 * Puts `mine` in the place `path`, which at most one process succeeds in at a time. A lock L whose owner is gone is replaced
 * by whoever holds the right to do so, a lock itself, whose name has the token of L: while it is held, nobody else replaces
 * L, and once L is replaced its token never comes back, so that whoever gets the right too late finds another token.
 * @returns whether a lock was there whose owner is gone
 */
async function acquire(dir: string, path: string, mine: Lock): Promise<boolean> {
  for (;;) {
    const found = await readLock(path);
    if (found === null) {
      if (await create(path, mine)) return false;
      continue;
    }
    requireGone(dir, path, found);
    const right = join(dir, `.${LOCK}.${found.token}.next`);
    await acquire(dir, right, newLock());
    try {
      if ((await readLock(path))?.token !== found.token) continue;
      await replace(path, mine);
      return true;
    } finally {
      await rm(right, { force: true });
    }
  }
}

function newLock(): Lock {
  return { ...thisProcess(), token: randomBytes(12).toString('hex'), since: new Date().toISOString() };
}

/** What systems without hard links say to one. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

/** Makes the file with all of its content at once, unless there is one; returns whether it was made. */
async function create(path: string, lock: Lock): Promise<boolean> {
  const temporary = temporaryName(path);
  await writeLock(temporary, lock);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    // A network file system may have made the link and lost its answer.
    if (code === 'EEXIST') return (await readLock(path))?.token === lock.token;
    // Whoever owns the folder by now has tidied it.
    if (code === 'ENOENT') return false;
    if (NO_LINKS.includes(code)) return await createWithoutLinks(path, lock);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function createWithoutLinks(path: string, lock: Lock): Promise<boolean> {
  try {
    await writeLock(path, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function replace(path: string, lock: Lock): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeLock(temporary, lock);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeLock(path: string, lock: Lock): Promise<void> {
  await writeNew(path, (handle) => handle.writeFile(`${JSON.stringify(lock)}\n`));
}

/** Without hard links a lock is not written at once. */
const WRITTEN_WITHIN_MS = 2000;

/** null where there is none. */
async function readLock(path: string): Promise<Lock | null> {
  const end = performance.now() + WRITTEN_WITHIN_MS;
  for (;;) {
    try {
      return parseLock(await readFile(path, 'utf8'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      if (codeOf(error) !== undefined) throw error;
      if (performance.now() > end) {
        throw new UsageError(
          `${path} says which process owns its folder, but cannot be read: it is damaged, or of another version of cnnzoo. If no process trains there, remove it and try again.`,
        );
      }
      await sleep(50);
    }
  }
}

function parseLock(text: string): Lock {
  return schema.parse(JSON.parse(text));
}

function requireGone(dir: string, path: string, owner: Lock): void {
  const state = stateOf(owner);
  if (state === 'gone') return;
  const { pid, host, since } = owner;
  throw new OwnedError(
    state === 'alive'
      ? `${dir} is being trained by process ${pid}: wait for it, or stop it first.`
      : `${dir} belongs to process ${pid} on ${JSON.stringify(host)} since ${JSON.stringify(since)}: whether that still runs cannot be seen from here. If it does not, remove ${path} and try again.`,
  );
}

/** Of this process, by their places. */
const held = new Map<string, Lock>();

async function release(path: string, lock: Lock): Promise<void> {
  held.delete(path);
  if ((await readLock(path))?.token === lock.token) await rm(path, { force: true });
}

process.on('exit', () => {
  for (const [path, lock] of held) {
    try {
      if (parseLock(readFileSync(path, 'utf8')).token === lock.token) rmSync(path);
    } catch {
      // It is gone, or cannot be had: then it says what is true, that its process is gone.
    }
  }
});

/** Removes what processes have left that were killed while they took the folder over. To be called by its owner. */
async function removeLeftovers(dir: string): Promise<void> {
  for (const entry of await readdir(dir)) {
    if (entry !== LOCK && isOfLock(entry)) await rm(join(dir, entry), { force: true });
  }
}
