import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../build.js';

/** What each test file took, in seconds, when `npm test -- --record` ran last; only the order of the files depends on it. */
export const SECONDS = join(ROOT, 'test/support/seconds.json');

/** A file whose text has one of these starts a program, trains or computes a network. */
const SLOW =
  /\b(child_process|runCli|runShell|cnnzoo\(|trainHere|examine\(|\w+Engine\(|support\/(browser|screens\/tmux|networks|onnx-\w+|parity|tensorflow|weights-files))/;

/** Of what is quick, in seconds. */
const LONGEST = 5;

export interface Choice {
  /** Of paths such as test/cli/cli.test.ts. */
  readonly pattern: RegExp;
  /** Only files that start no program, compute no network and take no longer than a few seconds. */
  readonly quick: boolean;
}

/** The test files, the longest first; one that was never timed goes before all. */
export function chooseFiles({ pattern, quick }: Choice): string[] {
  const seconds = JSON.parse(readFileSync(SECONDS, 'utf8')) as Record<string, number>;
  const took = (file: string) => seconds[file] ?? Number.POSITIVE_INFINITY;
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path}`)
    .filter((file) => /\.test\.tsx?$/.test(file) && pattern.test(file))
    .filter((file) => !quick || isQuick(file, seconds[file]))
    .sort((a, b) => took(b) - took(a) || (a < b ? -1 : 1));
}

function isQuick(file: string, seconds = 0): boolean {
  return seconds <= LONGEST && !SLOW.test(readFileSync(join(ROOT, file), 'utf8'));
}
