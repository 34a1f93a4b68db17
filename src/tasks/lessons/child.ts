import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../../base/errors.js';
import { readResult } from './result.js';

/** How a command of a lesson ended. */
export interface Ran {
  /** Of a process that a signal ended as shells have it: 128 and the signal's number. */
  readonly exitCode: number;
  /** What its JSON says; undefined where it has none. */
  readonly result: unknown;
}

interface ChildOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether what it prints is to be seen; what it says on standard error is in any case. */
  readonly isShown: boolean;
  /** Whether keys go to it as long as it runs. */
  readonly hasKeys: boolean;
  /** Told of the process while it runs, and of null when it is over. */
  onProcess(child: ChildProcess | null): void;
}

/**
 * Runs a command in a process of its own, started as this one was.
 * @param wordsFor its command line, by the file that it is to write its JSON to
 */
export async function runChild(
  wordsFor: (jsonFile: string) => readonly string[],
  { folder, env, isShown, hasKeys, onProcess }: ChildOptions,
): Promise<Ran> {
  const temporary = await mkdtemp(join(tmpdir(), 'cnnzoo-lesson-'));
  const jsonFile = join(temporary, 'result.json');
  try {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...wordsFor(jsonFile)], {
      cwd: folder,
      env,
      stdio: [hasKeys ? 'inherit' : 'ignore', isShown ? 'inherit' : 'ignore', 'inherit'],
    });
    onProcess(child);
    const exitCode = await endOf(child).finally(() => onProcess(null));
    return { exitCode, result: await resultIn(jsonFile) };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}

async function resultIn(file: string): Promise<unknown> {
  try {
    return readResult(await readFile(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
