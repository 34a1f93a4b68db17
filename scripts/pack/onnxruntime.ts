/**
 * Puts ONNX Runtime into dist/, so that the package has no dependency whose install script would run.
 *
 * That script of onnxruntime-node downloads CUDA libraries on Linux, asked or not, and fails the whole install where their
 * host is out of reach. Here `.npmrc` and `allowScripts` hold it back, but whoever installs the packed package has neither.
 * A build takes the native parts for this platform, the packed package those for all.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FROM = join(ROOT, 'node_modules/onnxruntime-node');
const NATIVES = 'bin/napi-v6';

/** The folder of ONNX Runtime in dist/. */
export const VENDORED = 'onnxruntime-node';

/** Brings it to dist/, with what is there of the same version left as it is: packing adds all platforms before it builds. */
export function vendorOnnxRuntime(dist: string, platforms: 'here' | 'all' | 'as it is' = 'as it is'): void {
  const to = join(dist, VENDORED);
  const { scripts: _s, devDependencies: _d, ...manifest } = manifestOf(FROM);
  const same = existsSync(join(to, 'package.json')) && manifestOf(to).version === manifest.version;
  if (!same || platforms === 'here') rmSync(to, { recursive: true, force: true });
  for (const file of filesIn(FROM, 'dist')) if (file.endsWith('.js')) bring(file, to);
  for (const file of filesIn(FROM, NATIVES)) {
    if (platforms === 'all' || file.startsWith(`${NATIVES}/${process.platform}/${process.arch}/`))
      bring(file, to);
  }
  writeFileSync(
    join(to, 'package.json'),
    `${JSON.stringify({ ...manifest, dependencies: undefined }, null, 2)}\n`,
  );
}

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
}

/** Paths below `root`, with slashes. */
function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

/** A hard link where the file system allows it: the native parts of all platforms take 290 MB. */
function bring(file: string, to: string): void {
  const target = join(to, file);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(join(FROM, file), target);
  } catch {
    copyFileSync(join(FROM, file), target);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  vendorOnnxRuntime(join(ROOT, 'dist'), process.argv[2] === 'all' ? 'all' : 'here');
}
