import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle, ROOT } from '../build.js';

/** What is compiled of the project; all else is linked. */
const COMPILED = ['src', 'test', 'scripts'];

/** Makes the package as users have it, without src/: bin/, configs/ and a fresh dist/. */
export function makePackage(folder: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const file of ['package.json', 'bin/cnnzoo.js']) copyFileSync(join(ROOT, file), join(folder, file));
  for (const name of ['configs', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name));
  bundle(join(folder, 'dist'));
}

/**
 * Makes the project as Node runs it without a compiler: src/, test/ and scripts/ as JavaScript, file by file, so that neither
 * a test nor a thread of an engine, which starts from dist/, waits for one.
 *
 * @param folder outside the project
 * @param dist the program, built
 */
export function makeProject(folder: string, dist: string): void {
  mkdirSync(join(folder, 'test'), { recursive: true });
  symlinkSync(dist, join(folder, 'dist'));
  symlinkSync(join(ROOT, 'test/fixtures'), join(folder, 'test/fixtures'));
  for (const name of readdirSync(ROOT)) {
    if (![...COMPILED, 'dist'].includes(name)) symlinkSync(join(ROOT, name), join(folder, name));
  }
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: COMPILED.flatMap(sourcesIn),
    outbase: ROOT,
    outdir: folder,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    jsx: 'automatic',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(tsx?|js)$/.test(path))
    .map((path) => join(folder, path));
}
