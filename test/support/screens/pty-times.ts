import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../cli.js';
import { PYTHON } from '../files/python.js';

/** What is done in the terminal, one after the other, each giving a number: see pty-times.py. */
export type PtyStep =
  | { readonly until: string }
  | { readonly key: string }
  | { readonly end: true }
  | { readonly rest: number }
  | { readonly load: number }
  | { readonly cpu: true }
  | { readonly memory: true };

const SCRIPT = join(ROOT, 'test/support/screens/pty-times.py');

/** Why a program cannot be measured in a pseudo-terminal here, for the log; null where it can. */
export const ptyMissing: string | null =
  process.platform === 'linux' && spawnSync(PYTHON, ['-c', 'import pty']).status === 0
    ? null
    : `skipped: there is no Linux with a Python (${PYTHON})`;

/** Runs a program in a pseudo-terminal of 120x40 and measures its steps. @throws Error where it does not come to the end */
export function ptyTimes(
  argv: readonly string[],
  steps: readonly PtyStep[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): number[] {
  const { NO_COLOR: _n, FORCE_COLOR: _f, CI: _c, LC_ALL: _l, ...own } = process.env;
  const all = { ...own, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env };
  const input = JSON.stringify({ argv, steps, cwd, env: all, columns: 120, rows: 40 });
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as number[];
}
