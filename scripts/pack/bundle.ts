/**
 * `npm run bundle`: one archive for this platform that installs where no registry is in reach, from a USB stick say.
 *
 * It is the package with everything it depends on inside (`bundleDependencies`), ONNX Runtime's native parts for this
 * platform alone, and without tfjs-node-gpu, whose native part its own install script would download.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vendorOnnxRuntime } from './onnxruntime.js';

interface Manifest {
  readonly version: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What npm packs whether `files` names it or not. */
const ALWAYS_PACKED = ['README.md', 'LICENSE'];

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const writeManifest = (folder: string, manifest: object): void =>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

/** Writes the archive into `outdir` and returns its path. */
export function writeBundle(outdir: string): string {
  const stage = mkdtempSync(join(tmpdir(), 'cnnzoo-bundle-'));
  try {
    const manifest = manifestOf(ROOT);
    for (const entry of [...manifest.files!, ...ALWAYS_PACKED]) copy(entry, stage);
    for (const folder of dependenciesOf(ROOT, Object.keys(manifest.dependencies!)))
      stagePackage(folder, stage);
    vendorOnnxRuntime(join(stage, 'dist'), 'here');
    const { scripts: _s, devDependencies: _d, optionalDependencies: _o, ...rest } = manifest;
    writeManifest(stage, { ...rest, bundleDependencies: Object.keys(manifest.dependencies!) });
    execFileSync('npm', ['pack', '--ignore-scripts', '--loglevel=error', `--pack-destination=${outdir}`], {
      cwd: stage,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    const archive = join(outdir, `cnnzoo-${manifest.version}-${process.platform}-${process.arch}.tgz`);
    renameSync(join(outdir, `cnnzoo-${manifest.version}.tgz`), archive);
    return archive;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The folders of all packages that `names` and what they depend on resolve to, as Node resolves them from `from`. */
function dependenciesOf(from: string, names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const folder = resolvePackage(from, name);
    // Optional packages of other platforms are not there.
    if (folder === undefined || found.has(folder)) continue;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
    dependenciesOf(folder, Object.keys({ ...dependencies, ...optionalDependencies }), found);
  }
  return found;
}

function resolvePackage(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (relative(ROOT, folder) === '' || dirname(folder) === folder) return undefined;
  }
}

/** Copies a package without its own node_modules, install scripts and the optional packages that are not here. */
function stagePackage(folder: string, stage: string): void {
  const target = join(stage, relative(ROOT, folder));
  cpSync(folder, target, { recursive: true, filter: (path) => path !== join(folder, 'node_modules') });
  const { scripts: _, optionalDependencies = {}, ...rest } = manifestOf(folder);
  const here = Object.entries(optionalDependencies).filter(([name]) => resolvePackage(folder, name));
  writeManifest(target, { ...rest, optionalDependencies: Object.fromEntries(here) });
}

function copy(entry: string, stage: string): void {
  cpSync(join(ROOT, entry), join(stage, entry), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const archive = relative(process.cwd(), writeBundle(process.cwd()));
  console.log(`${archive} installs without a network: npm install -g ./${archive}`);
}
