import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makePackage } from '../../scripts/test/tree.js';
import { temporaryFolder } from './folders.js';
import { type Outcome, outcomeOf } from './processes.js';

/** The project's folder, with a slash at its end. Files that are compiled lie in another one, which links to it. */
export const ROOT = join(dirname(realpathSync(new URL('../../package.json', import.meta.url))), '/');

let built = process.env.CNNZOO_TEST_CLI && resolve(process.env.CNNZOO_TEST_CLI);

/** The built program, a file for `node`. `npm test` builds one for all; a test file that runs without it, one for itself. */
export function program(): string {
  if (built === undefined) {
    const folder = temporaryFolder();
    makePackage(folder);
    built = join(folder, 'bin/cnnzoo.js');
  }
  return built;
}

/** The folder that the built program lies in: a package as users have it. */
export const packageFolder = (): string => join(dirname(program()), '..');

/** Installs that package in a project's folder. */
export function installPackage(folder: string): void {
  const installed = join(folder, 'node_modules/cnnzoo');
  for (const name of ['package.json', 'dist']) {
    cpSync(join(packageFolder(), name), join(installed, name), { recursive: true });
  }
}

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

/** Runs a file in a process of its own, in the package's folder, and waits for its end. */
function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Ran {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: packageFolder(),
    input,
    encoding: 'utf8',
    env: plainEnv(env),
  });
  return { code: status, stdout, stderr };
}

/** Runs the program in the package's folder. */
export function runCli(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Ran {
  return run(process.execPath, [program(), ...args], env, input);
}

/** Runs a line of shell in which `cnnzoo` is the program, in the package's folder. */
export function runShell(line: string, env: NodeJS.ProcessEnv = {}): Ran {
  return run('bash', ['-c', `cnnzoo() { '${process.execPath}' '${program()}' "$@"; }\n${line}`], env);
}

/** Runs the program in `cwd` while this process goes on; `during` may end it before its time. */
export async function cnnzoo(
  cwd: string,
  args: readonly string[],
  during: (child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [program(), ...args], {
    cwd,
    env: plainEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outcome = outcomeOf(child);
  during(child);
  return outcome;
}
