import { availableParallelism } from 'node:os';
import util from 'node:util';
import { codeOf, messageOf } from '../../base/errors.js';
import type { Library, Tensorflow } from './library.js';

const PACKAGE: string = '@tensorflow/tfjs-node-gpu';
const REBUILD = `npm rebuild ${PACKAGE} --build-addon-from-source`;

/** Whether @tensorflow/tfjs-node-gpu can be used here; if not, why not and what would change that. */
export type TfjsNodeGpu =
  | {
      readonly available: true;
      /** Whether it sees a CUDA GPU; without one it computes on libtensorflow's CPU. */
      readonly gpu: boolean;
      readonly version: string;
      readonly libtensorflow: string;
    }
  | { readonly available: false; readonly reason: string; readonly fix: string };

/** The parts of the package that go beyond the union package. */
type NodeModule = Tensorflow & { readonly version: Readonly<Record<string, string>> };

interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

type Loaded = { readonly tensorflow: Library; readonly state: TfjsNodeGpu & { available: true } };
type Import = (specifier: string) => Promise<unknown>;

/** The package is optional and usually absent, so its name must not be a literal that the type checker would resolve. */
const importPackage: Import = (specifier) => import(specifier);

/**
 * Looks whether @tensorflow/tfjs-node-gpu loads and sees a GPU. Never throws.
 * @param importModule stands in for `import()` in tests.
 */
export async function probeTfjsNodeGpu(importModule: Import = importPackage): Promise<TfjsNodeGpu> {
  const loaded = await loadNodeLibrary(importModule);
  return 'tensorflow' in loaded ? loaded.state : loaded;
}

/** The package as a library, or why it cannot be had. */
export async function loadNodeLibrary(
  importModule: Import = importPackage,
): Promise<Loaded | (TfjsNodeGpu & { available: false })> {
  shimUtil();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  try {
    return await describe((await importModule(PACKAGE)) as NodeModule);
  } catch (error) {
    return { available: false, ...diagnose(error) };
  }
}

async function describe(tf: NodeModule): Promise<Loaded> {
  await tf.setBackend('tensorflow');
  const backend = tf.backend() as NodeBackend;
  const gpu = backend.isUsingGpuDevice === true;
  const version = tf.version['tfjs-node'] ?? 'unknown';
  const libtensorflow = backend.binding?.TF_Version ?? 'unknown';
  const description = gpu
    ? `CUDA GPU, tfjs-node-gpu ${version} with libtensorflow ${libtensorflow}`
    : `libtensorflow ${libtensorflow} on the CPU: tfjs-node-gpu ${version} sees no CUDA GPU`;
  return {
    tensorflow: {
      tf,
      device: { name: gpu ? 'cuda' : 'cpu', description },
      threads: threadsOfLibtensorflow(),
      versions: { [PACKAGE]: version, libtensorflow },
    },
    state: { available: true, gpu, version, libtensorflow },
  };
}

/** As many as there are processors for this process, unless the user says how many (tensorflow/core/common_runtime/process_util.cc). */
function threadsOfLibtensorflow(): number {
  const asked = Number(process.env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
}

/** Version 4.22.0 calls util.isNullOrUndefined, which Node 23 removed (tensorflow/tfjs#8425). */
function shimUtil(): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

function diagnose(error: unknown): { reason: string; fix: string } {
  const message = messageOf(error).split('\n')[0]!.trim();
  const code = codeOf(error);
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${PACKAGE}'`)) {
    return {
      reason: `${PACKAGE} is not installed`,
      fix: `npm install ${PACKAGE} (it downloads libtensorflow 2.9.1 and wants CUDA 11.2 and cuDNN 8.1)`,
    };
  }
  if (/tfjs_binding\.node\) can not be found/.test(message)) {
    return { reason: `${PACKAGE} is installed without its native binding`, fix: REBUILD };
  }
  if (/NODE_MODULE_VERSION|different Node\.js version/.test(messageOf(error))) {
    return {
      reason: `${PACKAGE} was built for another version of Node.js than ${process.version}`,
      fix: REBUILD,
    };
  }
  const library = /(\S+\.(?:so[.\d]*|dll|dylib)): cannot open shared object file/.exec(message)?.[1];
  if (library !== undefined) {
    const cuda = /cuda|cudnn|cublas|cufft|curand|cusolver|cusparse/.test(library);
    const fix = cuda
      ? 'install CUDA 11.2 and cuDNN 8.1, and put them on LD_LIBRARY_PATH'
      : `npm rebuild ${PACKAGE}`;
    return { reason: `${PACKAGE} does not find ${library}`, fix };
  }
  return { reason: `${PACKAGE} does not load: ${message}`, fix: `npm rebuild ${PACKAGE}` };
}
