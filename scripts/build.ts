/**
 * Writes dist/: the program, bundled, and the types of the library. `npm run build`.
 *
 * Bundled because start-up is mostly the opening of files: `summary lenet5` reads 315 modules as they are, and 45 so.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, buildSync } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { licencesText, ONNX_RUNTIME } from './pack/licences.js';
import { VENDORED, vendorOnnxRuntime } from './pack/onnxruntime.js';

/** What other files or processes start from, by name: see src/base/files/places.ts, package.json and bin/. */
const ENTRY_POINTS = [
  'main',
  'index',
  'engines/host/worker',
  'engines/onnx/programs/carriers/replicas/worker',
  'data/batches/augment-thread',
  'ui/studio/services/worker',
  'tasks/doctor/probe',
  'weights/files/hdf5-probe',
];

/** What pages load: one file that needs nothing of Node and no other package, with a bundler or without. */
const PAGE_ENTRY_POINTS = ['tfjs'];

/** The program and the style of the page of `export --to web`, which stand in it as they are. */
const INLINE_ENTRY_POINTS = ['ui/web/page.ts', 'ui/web/page.css'];

/** What every start reads, and what works from any place; the others stay packages. */
const BUNDLED = ['chalk', 'cli-table3', 'ink', 'react', 'yaml', 'zod'];

/** What Ink asks for where it is developed itself. */
const ABSENT = ['react-devtools-core'];

export const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Bundles src/ into `outdir`, which must lie in a folder with package.json and configs/. */
export function bundle(outdir: string): void {
  const { dependencies, devDependencies, optionalDependencies } = packageJson;
  const options: BuildOptions = {
    absWorkingDir: ROOT,
    entryPoints: ENTRY_POINTS.map((name) => `src/${name}.ts`),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    jsx: 'automatic',
    sourcemap: true,
    sourcesContent: false,
    // Packages in CommonJS ask for Node's modules with require.
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
    // React has two builds in one; the other one is slower and notes every render in Node's performance timeline.
    define: { 'process.env.NODE_ENV': '"production"' },
    external: [
      ...Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }),
      ...ABSENT,
    ].filter((name) => !BUNDLED.includes(name)),
    logLevel: 'warning',
    metafile: true,
  };
  const inline = bundleInline(outdir).metafile!;
  const parts = [buildSync(options), bundleForPages(outdir)].map(({ metafile }) => metafile!);
  writeFileSync(`${outdir}/THIRD-PARTY-LICENSES.txt`, licencesText(ROOT, [...parts, inline], ONNX_RUNTIME));
  // The page carries them, as it leaves without the package.
  writeFileSync(`${outdir}/web/licences.txt`, licencesText(ROOT, [inline], []));
}

function bundleForPages(outdir: string): BuildResult {
  return buildSync({
    absWorkingDir: ROOT,
    entryPoints: PAGE_ENTRY_POINTS.map((name) => `src/${name}.ts`),
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    metafile: true,
  });
}

/** Two files in `outdir`/web, small and without names of this machine. */
function bundleInline(outdir: string): BuildResult {
  return buildSync({
    absWorkingDir: ROOT,
    entryPoints: INLINE_ENTRY_POINTS.map((file) => `src/${file}`),
    outdir: `${outdir}/web`,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
    charset: 'utf8',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
    metafile: true,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = `${ROOT}dist`;
  for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
    if (entry !== VENDORED) rmSync(`${dist}/${entry}`, { recursive: true });
  }
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  bundle(dist);
  vendorOnnxRuntime(dist);
}
