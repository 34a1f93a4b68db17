import { physicalCores } from '../../base/machine/cores.js';
import type { Graph } from '../../models/graph/graph.js';
import type { Engine, EngineOptions, TrainingOptions } from '../engine.js';
import { wantedFormulation } from '../formulation.js';
import { NO_ABILITIES, probeAbilities } from './abilities.js';
import { resolveDevice } from './devices.js';
import { type ExplainedStep, explainStep } from './explain.js';
import { ORT_VERSION } from './library/onnxruntime.js';
import { createTrainingProgram } from './programs/carriers/training-program.js';
import { createGradientsProgram } from './programs/gradients-program.js';
import { createInferenceProgram } from './programs/inference-program.js';
import { createLayersProgram } from './programs/layers-program.js';

/** Where the time of a training step goes on the CPU. @throws WorkError */
export async function explainTraining(
  graph: Graph,
  options: TrainingOptions,
  threads = physicalCores(),
): Promise<ExplainedStep> {
  const abilities = { ...(await probeAbilities()), formulation: wantedFormulation() };
  return explainStep(graph, options, { provider: 'cpu', threads }, abilities);
}

/** The engine on ONNX Runtime, in this thread. @throws WorkError when the device is not there. */
export async function createOnnxEngine(options: EngineOptions): Promise<Engine> {
  const threads = options.threads ?? physicalCores();
  const device = await resolveDevice(options.device, threads);
  const settings = { provider: device.name, threads, profile: options.profile, whole: options.whole };
  const isPlain = device.name !== 'cpu' || options.blocks === false;
  const abilities = {
    ...(isPlain ? NO_ABILITIES : await probeAbilities()),
    formulation: options.formulation,
  };
  return {
    name: 'onnx',
    device,
    threads,
    versions: { 'onnxruntime-node': ORT_VERSION },
    trainingProgram: (graph, training) => createTrainingProgram(graph, training, settings, abilities),
    inferenceProgram: (graph, inference) => createInferenceProgram(graph, inference, settings, abilities),
    layersProgram: async (graph, batchSize) => createLayersProgram(graph, batchSize, settings),
    gradientsProgram: async (graph, gradients) => createGradientsProgram(graph, gradients, settings),
    dispose: () => Promise.resolve(),
  };
}
