import { physicalCores } from '../../base/machine/cores.js';
import type { Graph } from '../../models/graph/graph.js';
import type { Engine, EngineOptions, EngineWork, TrainingOptions } from '../engine.js';
import { formulationOfAll, wantedFormulation } from '../formulation.js';
import { NO_ABILITIES, probeAbilities } from './abilities.js';
import { describeDevice, resolveDevice } from './devices.js';
import { type ExplainedStep, explainStep } from './explain.js';
import { ORT_VERSION } from './library/onnxruntime.js';
import { THREAD_COSTS } from './plan/thread-costs.js';
import { stepMs } from './plan/thread-model.js';
import { chosenThreads, plannedWork } from './plan/threads.js';
import type { Abilities } from './programs/abilities.js';
import { createTrainingProgram } from './programs/carriers/training-program.js';
import { createGradientsProgram } from './programs/gradients-program.js';
import { createInferenceProgram } from './programs/inference-program.js';
import { createLayersProgram } from './programs/layers-program.js';

/**
 * Where the time of a training step goes on the CPU.
 * @param threads where absent, as many as the model of `plan/threads.ts` chooses
 * @throws WorkError
 */
export async function explainTraining(
  graph: Graph,
  options: TrainingOptions,
  threads?: number,
): Promise<ExplainedStep> {
  const abilities = { ...(await probeAbilities()), formulation: formulationOfAll(wantedFormulation()) };
  const count = threads ?? threadsFor({ ...options, graph, mode: 'train' }, abilities);
  return explainStep(graph, options, { provider: 'cpu', threads: count }, abilities);
}

/** Threads for work on the CPU that nobody has asked a number for; all cores where nothing is known of it. */
function threadsFor(work: EngineWork | undefined, { channelBlock }: Abilities): number {
  const cores = physicalCores();
  return work === undefined ? cores : chosenThreads(work, cores, channelBlock);
}

/** What the model of threads says of work on the CPU. */
export async function threadModel(work: EngineWork): Promise<{
  readonly chosen: number;
  expectedMs(threads: number): number;
}> {
  const { channelBlock } = await probeAbilities();
  const planned = plannedWork(work, channelBlock);
  return {
    chosen: chosenThreads(work, physicalCores(), channelBlock),
    expectedMs: (threads) => stepMs(planned, threads, THREAD_COSTS[work.mode]),
  };
}

/** The engine on ONNX Runtime, in this thread. @throws WorkError when the device is not there. */
export async function createOnnxEngine(options: EngineOptions): Promise<Engine> {
  const provider = await resolveDevice(options.device);
  const isCpu = provider === 'cpu';
  const isPlain = !isCpu || options.blocks === false;
  const formulation = options.formulation ?? wantedFormulation();
  const abilities = {
    ...(isPlain ? NO_ABILITIES : await probeAbilities()),
    formulation: formulationOfAll(formulation),
  };
  const threads = options.threads ?? threadsFor(isCpu ? options.work : undefined, abilities);
  const settings = { provider, threads, profile: options.profile, whole: options.whole };
  return {
    name: 'onnx',
    device: describeDevice(provider, threads),
    threads,
    formulation,
    versions: { 'onnxruntime-node': ORT_VERSION },
    trainingProgram: (graph, training) => createTrainingProgram(graph, training, settings, abilities),
    inferenceProgram: (graph, inference) => createInferenceProgram(graph, inference, settings, abilities),
    layersProgram: async (graph, batchSize) => createLayersProgram(graph, batchSize, settings),
    gradientsProgram: async (graph, gradients) => createGradientsProgram(graph, gradients, settings),
    dispose: () => Promise.resolve(),
  };
}
