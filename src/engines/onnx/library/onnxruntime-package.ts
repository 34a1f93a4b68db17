import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ONNX_RUNTIME } from '../../../base/files/places.js';

interface OnnxRuntimePackage {
  readonly folder: string;
  readonly version: string;
  /** Whether it travels in the built program; else it is a package that was installed beside it. */
  readonly builtIn: boolean;
}

/**
 * Where ONNX Runtime lies, without loading it: a package of that name where one of the same version is installed beside
 * cnnzoo (that is how CUDA comes in, and how the sources run), else the copy in the built program.
 * @throws Error where neither is there.
 */
export function findOnnxRuntime(): OnnxRuntimePackage {
  const builtIn = fileURLToPath(ONNX_RUNTIME);
  const own = existsSync(join(builtIn, 'package.json')) ? versionIn(builtIn) : null;
  const beside = packageBeside();
  if (beside !== null && (own === null || versionIn(beside) === own)) {
    return { folder: beside, version: versionIn(beside), builtIn: false };
  }
  if (own === null) throw new Error('ONNX Runtime is not in the program: build it anew.');
  return { folder: builtIn, version: own, builtIn: true };
}

function packageBeside(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  } catch {
    return null;
  }
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/**
 * What brings ONNX Runtime's CUDA files: its own install script, which nothing here runs by itself. A built program finds
 * them in a package of the same version that is installed beside it.
 */
export function cudaCommand(): string {
  const { folder, version, builtIn } = findOnnxRuntime();
  return builtIn
    ? `ONNXRUNTIME_NODE_INSTALL=cuda12 npm install -g --allow-scripts=onnxruntime-node onnxruntime-node@${version}`
    : `node ${join(folder, 'script/install.js')} --onnxruntime-node-install=cuda12`;
}
