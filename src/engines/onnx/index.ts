import { physicalCores } from '../cores.js';
import type { Engine, EngineOptions } from '../engine.js';
import { ORT_VERSION, resolveDevice } from './devices.js';
import { createInferenceProgram } from './inference-program.js';
import { createTrainingProgram } from './training-program.js';

/** The engine on ONNX Runtime, in this thread. @throws WorkError when the device is not there. */
export async function createOnnxEngine(options: EngineOptions): Promise<Engine> {
  const threads = options.threads ?? physicalCores();
  const device = await resolveDevice(options.device, threads);
  const settings = { provider: device.name, threads };
  return {
    name: 'onnx',
    device,
    versions: { 'onnxruntime-node': ORT_VERSION },
    trainingProgram: (graph, training) => createTrainingProgram(graph, training, settings),
    inferenceProgram: (graph, inference) => createInferenceProgram(graph, inference, settings),
    dispose: () => Promise.resolve(),
  };
}
