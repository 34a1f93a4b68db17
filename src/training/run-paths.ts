import { readdirSync, statSync } from 'node:fs';
import { mkdir, open, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, UsageError, WorkError } from '../errors.js';
import { exists, makeFolders } from '../folders.js';
import { nearest } from '../nearest.js';
import type { EndEvent } from './events.js';
import { TEMPORARY } from './files.js';

/** The files of a run folder. */
export const CONFIG = 'config.yaml';
export const RUN_INFO = 'run.json';
export const METRICS = 'metrics.jsonl';
export const CHECKPOINT = 'checkpoint.safetensors';
export const WEIGHTS = 'weights.safetensors';
export const PREDICTIONS = 'predictions.csv';

/** Where runs go that were given no folder. */
const RUNS = 'runs';

/** A folder that will hold a run. */
export interface ClaimedFolder {
  readonly dir: string;
  /** Takes the folder away again, if it is still empty and was made for this run. */
  abandon(): Promise<void>;
}

/**
 * Makes the folder of a new run, and makes sure that it can be written to before any work is done for it.
 * @param dir `--run-dir`; without it `runs/MODEL-YYYYMMDD-HHMMSS`.
 * @throws UsageError where the folder holds something; WorkError where it cannot be made or written to.
 */
export async function claimFolder(dir: string | undefined, model: string): Promise<ClaimedFolder> {
  const claimed =
    dir === undefined ? await claimNext(join(RUNS, `${model}-${timestamp(new Date())}`)) : await claim(dir);
  try {
    const probe = join(claimed.dir, `.probe.${process.pid}${TEMPORARY}`);
    await (await open(probe, 'w')).close();
    await rm(probe);
  } catch (error) {
    await claimed.abandon();
    throw cannotWrite(claimed.dir, error);
  }
  return claimed;
}

async function claim(dir: string): Promise<ClaimedFolder> {
  const entries = entriesOf(dir);
  if (entries === 'file') throw new UsageError(`--run-dir ${dir}: there is a file of that name.`);
  if (entries.includes(RUN_INFO)) {
    throw new UsageError(
      `--run-dir ${dir}: there is a run in it already. Go on with it by --resume ${dir}, or name another folder.`,
    );
  }
  if (entries.length > 0) {
    throw new UsageError(`--run-dir ${dir}: the folder is not empty. Name a new or an empty one.`);
  }
  const made = await make(dir);
  return { dir, abandon: () => abandon(dir, made) };
}

/** Makes a folder and those above it that are missing; returns those that were made. */
async function make(dir: string): Promise<string[]> {
  return makeFolders(dir).catch((error: unknown) => {
    throw cannotWrite(dir, error);
  });
}

/** `base`, or where there is such a folder already `base-2`, `base-3`, ... */
async function claimNext(base: string): Promise<ClaimedFolder> {
  const parents = await make(dirname(base));
  for (let number = 1; ; number++) {
    const dir = number === 1 ? base : `${base}-${number}`;
    try {
      await mkdir(dir);
      return { dir, abandon: () => abandon(dir, [...parents, dir]) };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw cannotWrite(dir, error);
    }
  }
}

async function abandon(dir: string, made: readonly string[]): Promise<void> {
  // A config without the rest is what is left where the disk was full.
  if (!exists(join(dir, RUN_INFO))) await rm(join(dir, CONFIG), { force: true });
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

function cannotWrite(dir: string, error: unknown): WorkError {
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
  return new WorkError(`The run folder ${dir} cannot be used: ${why}. Name another one with --run-dir.`);
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
  const runs = near.filter((run) => resolve(run) !== resolve(dir));
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
  return statSync(join(run, RUN_INFO), { throwIfNoEntry: false })?.mtimeMs ?? 0;
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
  return `cnnzoo train --resume ${shellWord(dir)}`;
}

/** The commands that go on from where a run ended. */
export function nextCommands({ run, reason }: EndEvent): string[] {
  const evaluate = `cnnzoo evaluate ${shellWord(run)}`;
  return reason === 'interrupted' || reason === 'stopped' ? [resumeCommand(run), evaluate] : [evaluate];
}

/** `word` as a shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
