import { physicalCores } from '../../base/machine/cores.js';
import type { Graph } from '../../models/graph/graph.js';
import type { Engine, EngineOptions, EngineWork, TrainingOptions } from '../engine.js';
import { formulationOfAll, wantedFormulation } from '../formulation.js';
import { NO_ABILITIES, probeAbilities } from './abilities.js';
import { describeDevice, resolveDevice } from './devices.js';
import { type ExplainedStep, explainStep } from './explain.js';
import { ORT_VERSION } from './library/onnxruntime.js';
import { replicasFor } from './plan/replicas.js';
import { THREAD_COSTS } from './plan/thread-costs.js';
import { stepMs } from './plan/thread-model.js';
import { chosenThreads, plannedWork } from './plan/threads.js';
import type { Abilities } from './programs/abilities.js';
import { ReplicaThread } from './programs/carriers/replicas/thread.js';
import { createGradientsProgram } from './programs/gradients-program.js';
import { createInferenceProgram } from './programs/inference-program.js';
import { createLayersProgram } from './programs/layers-program.js';
import { createTrainingProgram } from './training-program.js';

/**
 * Where the time of a training step goes on the CPU; of one that is computed in halves, the time of a half.
 * @param threads where absent, as many as the model of `plan/threads.ts` chooses
 * @throws WorkError
 */
export async function explainTraining(
  graph: Graph,
  options: TrainingOptions,
  threads?: number,
): Promise<ExplainedStep> {
  const abilities = { ...(await probeAbilities()), formulation: formulationOfAll(wantedFormulation()) };
  const work = { ...options, graph, mode: 'train' } as const;
  const count = threads ?? threadsFor(work, abilities);
  const replicas = replicasFor(work, count, abilities.channelBlock);
  const part = { ...options, batchSize: Math.ceil(options.batchSize / replicas) };
  return explainStep(graph, part, { provider: 'cpu', threads: count / replicas }, abilities);
}

/** Threads for work on the CPU that nobody has asked a number for; all cores where nothing is known of it. */
function threadsFor(work: EngineWork | undefined, { channelBlock }: Abilities): number {
  const cores = physicalCores();
  return work === undefined ? cores : chosenThreads(work, cores, channelBlock);
}

/** What the model of threads says of work on the CPU. */
export async function threadModel(work: EngineWork): Promise<{
  readonly chosen: number;
  /** In how many parts a step is computed at the same time with these threads. */
  replicas(threads: number): number;
  expectedMs(threads: number): number;
}> {
  const { channelBlock } = await probeAbilities();
  const planned = plannedWork(work, channelBlock);
  return {
    chosen: chosenThreads(work, physicalCores(), channelBlock),
    replicas: (threads) => replicasFor(work, threads, channelBlock),
    expectedMs: (threads) => stepMs(planned, threads, THREAD_COSTS[work.mode]),
  };
}

/**
 * In how many parts a training step is computed at the same time: only where runs write in place, on the CPU alone. A
 * profile is of whole steps.
 */
function replicasOf(
  { work, replicas, profile }: EngineOptions,
  threads: number,
  { inPlace, channelBlock }: Abilities,
): number {
  if (!inPlace || profile !== undefined) return 1;
  return replicas ?? (work === undefined ? 1 : replicasFor(work, threads, channelBlock));
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
  const replicas = replicasOf(options, threads, abilities);
  // The first program's threads load ONNX Runtime while the program is written.
  const spare = Array.from({ length: replicas - 1 }, () => new ReplicaThread());
  const thread = () => spare.pop() ?? new ReplicaThread();
  const means = { settings, abilities, replicas, thread };
  return {
    name: 'onnx',
    device: describeDevice(provider, threads),
    threads,
    replicas,
    formulation,
    versions: { 'onnxruntime-node': ORT_VERSION },
    trainingProgram: (graph, training) => createTrainingProgram(graph, training, means),
    inferenceProgram: (graph, inference) => createInferenceProgram(graph, inference, settings, abilities),
    layersProgram: async (graph, batchSize) => createLayersProgram(graph, batchSize, settings),
    gradientsProgram: async (graph, gradients) => createGradientsProgram(graph, gradients, settings),
    dispose: async () => void (await Promise.all(spare.map((one) => one.end()))),
  };
}
