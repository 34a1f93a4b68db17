import type { Graph } from '../../models/graph/graph.js';
import type { TrainingOptions, TrainingProgram } from '../engine.js';
import type { ProviderName, SessionSettings } from './library/session.js';
import { isSumOfParts } from './plan/replicas.js';
import type { Abilities } from './programs/abilities.js';
import { GpuProgram } from './programs/carriers/gpu.js';
import { InPlaceProgram } from './programs/carriers/in-place.js';
import { LoopProgram } from './programs/carriers/loop.js';
import { ReplicasProgram } from './programs/carriers/replicas/program.js';
import type { ReplicaThread } from './programs/carriers/replicas/thread.js';
import { trainingStepOf } from './programs/training-step.js';

/** Weights in a group. A WebGPU shader may use eight buffers on every device, and a group is split by one. */
const LARGEST_GROUP: Partial<Record<ProviderName, number>> = { webgpu: 7 };

/** What an engine trains with. */
export interface TrainingMeans {
  readonly settings: SessionSettings;
  readonly abilities: Abilities;
  /** In how many parts a step is computed at the same time, where it can be. */
  readonly replicas: number;
  /** A thread for a replica. */
  thread(): ReplicaThread;
}

/**
 * Builds the program of a training step, in the carrier that suits the device.
 * @throws WorkError where the device does not take the program
 */
export async function createTrainingProgram(
  graph: Graph,
  options: TrainingOptions,
  means: TrainingMeans,
): Promise<TrainingProgram> {
  const begin = performance.now();
  const { settings, abilities, replicas } = means;
  const { batchSize, microBatches = 1 } = options;
  if (replicas > 1 && batchSize >= replicas && microBatches === 1 && isSumOfParts(graph)) {
    const part = { ...options, batchSize: Math.ceil(batchSize / replicas) };
    const step = trainingStepOf(graph, part, abilities);
    const threads = Array.from({ length: replicas - 1 }, () => means.thread());
    const own = { ...settings, threads: Math.max(1, Math.floor(settings.threads / replicas)) };
    return ReplicasProgram.start({ step, options, settings: own, begin, threads });
  }
  const step = trainingStepOf(graph, options, abilities, LARGEST_GROUP[settings.provider]);
  const carrier =
    settings.provider === 'webgpu' ? GpuProgram : abilities.inPlace ? InPlaceProgram : LoopProgram;
  return carrier.start({ step, options, settings, begin });
}
