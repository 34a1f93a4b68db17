import { readdirSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, UsageError, WorkError } from '../base/errors.js';
import { isTemporaryOf } from '../base/files/files.js';
import { exists, makeFolders, statusOf } from '../base/files/folders.js';
import { looksTheSame, nearest } from '../base/text/nearest.js';
import { commandLine, setting } from '../base/text/settings.js';
import type { EndEvent } from './events.js';
import { type FolderLock, isOfLock, LOCK, lockFolder } from './folder-lock.js';

/** The files of a run folder. */
export const CONFIG = 'config.yaml';
export const RUN_INFO = 'run.json';
export const METRICS = 'metrics.jsonl';
export const CHECKPOINT = 'checkpoint.safetensors';
/** The checkpoint before that. */
export const PREVIOUS = 'checkpoint.previous.safetensors';
export const WEIGHTS = 'weights.safetensors';
export const PREDICTIONS = 'predictions.csv';

/** Where runs go that were given no folder. */
export const RUNS = 'runs';

/** A folder that will hold a run, or several: this process owns it. */
export interface ClaimedFolder {
  readonly dir: string;
  /** Gives the folder up with what is in it. */
  release(): Promise<void>;
  /** Gives it up and takes it away again, if it holds nothing of use and was made for this run. */
  abandon(): Promise<void>;
}

/** The files that a run or comparison begins with. */
interface Beginning {
  readonly first: readonly string[];
  /** Once it is there, there is something to go on with. */
  readonly last: string;
}

const RUN_BEGINNING: Beginning = { first: [CONFIG], last: RUN_INFO };

/**
 * Makes the folder of a new run and makes this process its owner, which shows that it can be written to, before any work is
 * done for it. What a process left that was killed before its run had begun is no hindrance.
 * @param dir `runDir`; without it `runs/MODEL-YYYYMMDD-HHMMSS`.
 * @throws UsageError where the folder holds something, or another process owns it; WorkError where it cannot be made or written to.
 */
export async function claimFolder(
  dir: string | undefined,
  model: string,
  beginning = RUN_BEGINNING,
): Promise<ClaimedFolder> {
  return dir === undefined ? claimNext(join(RUNS, newRunName(model)), beginning) : claim(dir, beginning);
}

/** What the folder of a run is called that was given no name: `MODEL-YYYYMMDD-HHMMSS`. */
export function newRunName(model: string): string {
  return `${model}-${timestamp(new Date())}`;
}

/** How often a folder is made again that another process takes away, as it gave up what it wanted to do there. */
const TRIES = 20;

async function claim(dir: string, beginning: Beginning): Promise<ClaimedFolder> {
  requireFree(dir, beginning);
  for (let left = TRIES; ; left--) {
    const made = await make(dir);
    try {
      return await own(dir, made, beginning);
    } catch (error) {
      await removeEmpty(made);
      if (codeOf(error) !== 'ENOENT' || left === 1) throw cannotUse(dir, error);
    }
  }
}

/** Locks a folder, and makes sure that it is still free. */
async function own(dir: string, made: readonly string[], beginning: Beginning): Promise<ClaimedFolder> {
  const lock = await lockFolder(dir);
  try {
    requireFree(dir, lock.tookOver ? beginning : null);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { dir, release: () => lock.release(), abandon: () => abandon(dir, made, beginning, lock) };
}

/** @throws UsageError where a folder holds anything but a lock and what one of its owners had begun. */
function requireFree(dir: string, beginning: Beginning | null): void {
  const entries = entriesOf(dir);
  if (entries === 'file') throw new UsageError(`${setting('runDir', dir)}: there is a file of that name.`);
  if (entries.includes(RUN_INFO)) {
    throw new UsageError(
      `${setting('runDir', dir)}: there is a run in it already. Go on with it by ${setting('resume', dir)}, or name another folder.`,
    );
  }
  const begun = entries.includes(LOCK) ? beginning : null;
  if (entries.every((entry) => isOfLock(entry) || (begun && isOfBeginning(entry, begun)))) return;
  throw new UsageError(`${setting('runDir', dir)}: the folder is not empty. Name a new or an empty one.`);
}

function isOfBeginning(entry: string, { first, last }: Beginning): boolean {
  return first.includes(entry) || isTemporaryOf(entry, [...first, last]);
}

/** Makes a folder and those above it that are missing; returns those that were made. */
async function make(dir: string): Promise<string[]> {
  return makeFolders(dir).catch((error: unknown) => {
    throw cannotUse(dir, error);
  });
}

/** `base`, or where there is such a folder already `base-2`, `base-3`, ... */
async function claimNext(base: string, beginning: Beginning): Promise<ClaimedFolder> {
  const parents = await make(dirname(base));
  for (let number = 1; ; number++) {
    const dir = number === 1 ? base : `${base}-${number}`;
    try {
      await mkdir(dir);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw cannotUse(dir, error);
      continue;
    }
    try {
      return await own(dir, [...parents, dir], beginning);
    } catch (error) {
      await removeEmpty([...parents, dir]);
      throw cannotUse(dir, error);
    }
  }
}

async function abandon(
  dir: string,
  made: readonly string[],
  { first, last }: Beginning,
  lock: FolderLock,
): Promise<void> {
  // The first files without the last are what is left where the disk was full.
  if (!exists(join(dir, last))) for (const file of first) await rm(join(dir, file), { force: true });
  await lock.release();
  await removeEmpty(made);
}

/** Removes folders of which each but the first is in the one before, as far as they are empty. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  try {
    for (const folder of folders.toReversed()) await rmdir(folder);
  } catch {
    // Something is in it by now, and stays.
  }
}

/** The system's error in words for the user; errors of our own come back as they are. */
function cannotUse(dir: string, error: unknown): unknown {
  if (error instanceof WorkError) return error;
  const reasons: Record<string, string> = {
    EACCES: 'it may not be written to',
    EPERM: 'it may not be written to',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of its path is a file',
    EEXIST: 'a part of its path is a file',
    ENOENT: 'it cannot be made there',
  };
  const why = reasons[codeOf(error) ?? ''] ?? messageOf(error);
  return new WorkError(
    `The run folder ${dir} cannot be used: ${why}. Name another one with ${setting('runDir')}.`,
  );
}

/** The local time as `20260131-235959`. */
function timestamp(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${date}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}

/** @throws UsageError where `dir` holds no run, with what it is instead or the run that may have been meant. */
export function requireRun(dir: string): void {
  const entries = entriesOf(dir);
  if (entries === 'file') {
    const way = isRun(dirname(dir)) ? ` Name its folder: ${dirname(dir)}.` : hint(dir);
    throw new UsageError(`${dir} is a file, not a run folder.${way}`);
  }
  if (entries.includes(RUN_INFO) && entries.includes(CONFIG)) return;
  const missing = entries.includes(RUN_INFO) ? CONFIG : RUN_INFO;
  throw new UsageError(
    exists(dir)
      ? `${dir} is not a run folder: it has no ${missing}.${hint(dir)}`
      : `There is no run folder ${dir}.${hint(dir)}`,
  );
}

function hint(dir: string): string {
  const near = runsIn(RUNS).concat(dirname(dir) === RUNS ? [] : runsIn(dirname(dir)));
  const runs = near.filter((run) => !looksTheSame(resolve(run), resolve(dir)));
  const close = nearest(
    basename(dir),
    runs.map((run) => basename(run)),
  );
  if (close !== undefined) return ` Did you mean ${runs.find((run) => basename(run) === close)}?`;
  const latest = runs.sort((a, b) => modified(b) - modified(a))[0];
  return latest === undefined
    ? ' A run folder is made by "cnnzoo train MODEL".'
    : ` The latest run here is ${latest}.`;
}

/** Whether a folder holds a run, with both of the files that make it one. */
export function isRun(dir: string): boolean {
  return exists(join(dir, RUN_INFO)) && exists(join(dir, CONFIG));
}

function runsIn(folder: string): string[] {
  const entries = entriesOf(folder);
  if (entries === 'file') return [];
  return entries.map((entry) => join(folder, entry)).filter(isRun);
}

function modified(run: string): number {
  return statusOf(join(run, RUN_INFO))?.mtimeMs ?? 0;
}

/** What is in a folder; nothing where there is none. */
function entriesOf(dir: string): string[] | 'file' {
  try {
    return readdirSync(dir);
  } catch (error) {
    return codeOf(error) === 'ENOTDIR' && exists(dir) ? 'file' : [];
  }
}

/** The command line that goes on with a run. */
export function resumeCommand(dir: string): string {
  return commandLine('train', { settings: { resume: dir } });
}

/** The commands that go on from where a run ended. */
export function nextCommands({ run, reason }: EndEvent): string[] {
  const evaluate = commandLine('evaluate', { words: [run] });
  return reason === 'interrupted' || reason === 'stopped' ? [resumeCommand(run), evaluate] : [evaluate];
}
