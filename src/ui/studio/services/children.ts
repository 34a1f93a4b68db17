import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { statusOf } from '../../../base/files/folders.js';
import type { ColorLevel } from '../../../terminal/color.js';
import { stateFolder } from './places.js';

/** The program itself, as this process was started. */
function ownCommand(words: readonly string[]): readonly [string, string[]] {
  return [process.execPath, [...process.execArgv, process.argv[1]!, ...words]];
}

/** The environment of a process whose output is read here. */
function environment(level: ColorLevel, columns: number): NodeJS.ProcessEnv {
  const { NO_COLOR: _n, FORCE_COLOR: _f, ...env } = process.env;
  const colour = level === 0 ? { NO_COLOR: '1' } : { FORCE_COLOR: String(level) };
  return { ...env, ...colour, CNNZOO_COLUMNS: String(columns) };
}

/** A command whose output is read. */
export interface RunningCommand {
  /** Asks it to end; the second time it is made to. */
  cancel(): void;
}

/** Runs a command of ours. @param onText what it says, standard output and error as they come */
export function runCommand(
  words: readonly string[],
  { level, columns }: { readonly level: ColorLevel; readonly columns: number },
  on: { text(text: string): void; end(code: number): void },
): RunningCommand {
  const [file, args] = ownCommand(words);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(level, columns) });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', on.text);
  let isAsked = false;
  child.on('error', (error) => on.text(`${error.message}\n`));
  child.on('close', (code, signal) => on.end(code ?? (signal === null ? 1 : 130)));
  return {
    cancel() {
      child.kill(isAsked ? 'SIGKILL' : 'SIGINT');
      isAsked = true;
    },
  };
}

/** A command that has the terminal for itself. */
export interface Borrower {
  /** Its exit code, once it is over. */
  readonly ended: Promise<number>;
  /** Asks it to end, as where a terminal is closed. */
  cancel(): void;
}

/** Gives a command the terminal. */
export function lendTerminal(words: readonly string[]): Borrower {
  const [file, args] = ownCommand(words);
  const child = spawn(file, args, { stdio: 'inherit' });
  return { ended: endOf(child), cancel: () => void child.kill('SIGTERM') };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A training that has a process of its own, in a session of its own: a terminal that is closed does not end it. */
export interface StartedTraining {
  readonly pid: number | undefined;
  /** What it has said so far, the last lines of it. */
  said(): string;
  /** Called once, if it ends while this process is there. */
  onEnd(listener: (code: number) => void): void;
}

/** Files that are kept of what trainings said. */
const MOST_LOGS = 40;
const LAST_LINES = 12;

/** @param name what tells its log from others: that of its run's folder */
export function startTraining(words: readonly string[], name: string): StartedTraining {
  const folder = join(stateFolder(), 'trainings');
  mkdirSync(folder, { recursive: true });
  removeOldLogs(folder);
  const log = join(folder, `${basename(name)}.log`);
  const file = openSync(log, 'w');
  const [command, args] = ownCommand(words);
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...env, NO_COLOR: '1' },
  });
  closeSync(file);
  child.unref();
  const ended = endOf(child);
  return {
    pid: child.pid,
    said: () => lastLines(log),
    onEnd: (listener) => void ended.then(listener),
  };
}

function lastLines(path: string): string {
  try {
    return stripVTControlCharacters(readFileSync(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(-LAST_LINES)
      .join('\n');
  } catch {
    return '';
  }
}

function removeOldLogs(folder: string): void {
  const logs = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder, name))
    .sort((a, b) => changed(a) - changed(b));
  for (const log of logs.slice(0, Math.max(0, logs.length - MOST_LOGS))) rmSync(log, { force: true });
}

function changed(path: string): number {
  return statusOf(path)?.mtimeMs ?? 0;
}

/** What `doctor --json` and the like print. @throws Error where it is no JSON */
export async function jsonOf(words: readonly string[]): Promise<unknown> {
  const [file, args] = ownCommand(words);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(0, 100) });
  const texts = ['', ''];
  for (const [i, stream] of [child.stdout, child.stderr].entries())
    stream.setEncoding('utf8').on('data', (text: string) => {
      texts[i] += text;
    });
  await endOf(child);
  try {
    return JSON.parse(texts[0]!) as unknown;
  } catch {
    throw new Error(texts[1]!.trim().split('\n').at(-1) || `${words.join(' ')} said nothing.`);
  }
}
