import type { Graph } from '../../../../models/graph/graph.js';
import type { TrainingOptions, TrainingProgram } from '../../../engine.js';
import type { ProviderName, SessionSettings } from '../../library/session.js';
import type { Abilities } from '../abilities.js';
import { trainingStepOf } from '../training-step.js';
import { GpuProgram } from './gpu.js';
import { InPlaceProgram } from './in-place.js';
import { LoopProgram } from './loop.js';

/** Weights in a group. A WebGPU shader may use eight buffers on every device, and a group is split by one. */
const LARGEST_GROUP: Partial<Record<ProviderName, number>> = { webgpu: 7 };

/**
 * Builds the program of a training step, in the carrier that suits the device.
 * @throws WorkError where the device does not take the program
 */
export async function createTrainingProgram(
  graph: Graph,
  options: TrainingOptions,
  settings: SessionSettings,
  abilities: Abilities,
): Promise<TrainingProgram> {
  const begin = performance.now();
  const { provider } = settings;
  const step = trainingStepOf(graph, options, abilities, LARGEST_GROUP[provider]);
  const carrier = provider === 'webgpu' ? GpuProgram : abilities.inPlace ? InPlaceProgram : LoopProgram;
  return carrier.start({ step, options, settings, begin });
}
