import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The program as it stands in src/, so that no build is needed: arguments for `node`. */
export const CLI = ['--import', './test/support/register.js', 'src/cli.ts'];

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without what changes how the program looks. */
export function plainEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _n, FORCE_COLOR: _f, CI: _c, LC_ALL: _l, ...env } = process.env;
  return { ...env, LANG: 'C.UTF-8', ...extra };
}

/** Runs the program in a process of its own, in the project's folder. */
export function runCli(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...CLI, ...args], {
    cwd: ROOT,
    input,
    encoding: 'utf8',
    env: plainEnv(env),
  });
  return { code: status, stdout, stderr };
}

/** Runs a line of shell in which $CNNZOO is the program. */
export function runShell(line: string, env: NodeJS.ProcessEnv = {}): Ran {
  const program = [process.execPath, ...CLI].map((word) => `'${word}'`).join(' ');
  const script = `cnnzoo() { ${program} "$@"; }\n${line}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    cwd: ROOT,
    encoding: 'utf8',
    env: plainEnv(env),
  });
  return { code: status, stdout, stderr };
}
