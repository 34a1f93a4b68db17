import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './cli.js';
import { temporaryFolder } from './folders.js';

let tarball: string | undefined;

/** The package as it is published, a .tgz: packed once for all tests of a process. */
export function packedPackage(): string {
  if (tarball !== undefined) return tarball;
  const folder = temporaryFolder();
  const out = execFileSync('npm', ['pack', '--json', `--pack-destination=${folder}`], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(out.slice(out.indexOf('['))) as [{ filename: string }];
  tarball = join(folder, filename);
  return tarball;
}
