import type { Device } from '../engine.js';

/** What the union package exports: tfjs-core's operations and tfjs-layers' models, whichever backend runs them. */
export type Tensorflow = typeof import('@tensorflow/tfjs-core') & typeof import('@tensorflow/tfjs-layers');

/** TensorFlow.js on one backend, ready to compute. */
export interface Library {
  readonly tf: Tensorflow;
  readonly device: Device;
  /** CPU threads that compute; null where the library does not tell. */
  readonly threads: number | null;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * TensorFlow.js as plain JavaScript on one thread: about a thousand times slower than native code, always there, and
 * written independently of the onnx engine, which is why it is the reference.
 */
export async function loadPlainLibrary(): Promise<Library> {
  const [core, layers] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-layers'),
    import('@tensorflow/tfjs-backend-cpu'),
  ]);
  await core.setBackend('cpu');
  // The backend's first tensor would print an advice to install tfjs-node; `doctor` gives it where it is asked for.
  (core.backend() as { firstUse?: boolean }).firstUse = false;
  return {
    tf: { ...core, ...layers },
    device: { name: 'cpu', description: 'TensorFlow.js plain JS backend, 1 thread' },
    threads: 1,
    versions: {
      '@tensorflow/tfjs-core': core.version_core,
      '@tensorflow/tfjs-layers': layers.version_layers,
    },
  };
}
