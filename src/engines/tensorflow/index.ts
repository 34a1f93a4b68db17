import { UsageError, WorkError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import type { Engine, EngineOptions } from '../engine.js';
import { createGradientsProgram } from './gradients.js';
import { createInferenceProgram } from './inference.js';
import { createLayersProgram } from './layers.js';
import { type Library, loadPlainLibrary } from './library.js';
import { loadNodeLibrary } from './node-gpu.js';
import { createTrainingProgram } from './training.js';

export { type Library, loadPlainLibrary, type Tensorflow } from './library.js';
export { buildLayersModel, type Purpose } from './model.js';
export { probeTfjsNodeGpu, type TfjsNodeGpu } from './node-gpu.js';
export { loadWeights } from './tensors.js';
export { createLogitsModel, type TfModel } from './tf-model.js';

/**
 * The tensorflow engine: on @tensorflow/tfjs-node-gpu where that loads, else on TensorFlow.js's plain JS backend.
 * It runs in the thread that calls it. `threads` is not in its hands.
 * @throws UsageError for a device that it does not have at all; WorkError where one is not there, with the way out.
 */
export async function createTensorflowEngine(options: EngineOptions): Promise<Engine> {
  return engineOn(await openDevice(options.device));
}

/** The engine on a given library. */
export function engineOn({ tf, device, threads, versions }: Library): Engine {
  const programs = new Set<{ dispose(): Promise<void> }>();
  const tracked = <P extends { dispose(): Promise<void> }>(program: P): P => {
    const { dispose } = program;
    program.dispose = async () => {
      // A program may be disposed by whoever built it and again with the engine.
      if (programs.delete(program)) await dispose();
    };
    programs.add(program);
    return program;
  };
  return {
    name: 'tensorflow',
    device,
    threads,
    versions,
    trainingProgram: async (graph, program) => tracked(createTrainingProgram(tf, graph, program)),
    inferenceProgram: async (graph, program) => tracked(createInferenceProgram(tf, graph, program)),
    layersProgram: async (graph, batchSize) => tracked(createLayersProgram(tf, graph, batchSize)),
    gradientsProgram: async (graph, program) => tracked(createGradientsProgram(tf, graph, program)),
    async dispose() {
      for (const program of [...programs]) await program.dispose();
    },
  };
}

/**
 * @param load stands in for the optional package in tests.
 * @throws UsageError for a device that it does not have at all; WorkError where one is not there.
 */
export async function openDevice(device: string, load = loadNodeLibrary): Promise<Library> {
  if (!['auto', 'cpu', 'cuda'].includes(device)) {
    throw new UsageError(
      `The tensorflow engine has no device "${device}": it computes on cpu or cuda. Use ${setting('engine', 'onnx')} ${setting('device', device)}, or ${setting('device', 'auto')}.`,
    );
  }
  const node = device === 'cpu' ? await withoutGpus(load) : await load();
  if (!('tensorflow' in node)) {
    if (device === 'cuda') {
      throw new WorkError(
        `The tensorflow engine has no device "cuda": ${node.reason}. Try: ${node.fix}; or ${setting('engine', 'onnx')}.`,
      );
    }
    return loadPlainLibrary();
  }
  if (device !== 'auto' && device !== node.tensorflow.device.name) throw wrongDevice(device);
  return node.tensorflow;
}

/** libtensorflow takes every GPU that it can see at the moment it is loaded. */
async function withoutGpus<T>(load: () => Promise<T>): Promise<T> {
  const before = process.env.CUDA_VISIBLE_DEVICES;
  process.env.CUDA_VISIBLE_DEVICES = '-1';
  try {
    return await load();
  } finally {
    if (before === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
    else process.env.CUDA_VISIBLE_DEVICES = before;
  }
}

function wrongDevice(device: string): WorkError {
  if (device === 'cpu') {
    return new WorkError(
      `TensorFlow has taken the CUDA GPU: set CUDA_VISIBLE_DEVICES=-1 to compute on the CPU, or use ${setting('engine', 'onnx')} ${setting('device', 'cpu')}.`,
    );
  }
  return new WorkError(
    'The tensorflow engine has no device "cuda": TensorFlow sees no CUDA GPU. ' +
      `Install the NVIDIA driver with CUDA 11.2 and cuDNN 8.1, or use ${setting('engine', 'onnx')}.`,
  );
}
