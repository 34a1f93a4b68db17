import type { Graph } from '../../../../models/graph/graph.js';
import type { TrainingOptions, TrainingProgram } from '../../../engine.js';
import type { ProviderName, SessionSettings } from '../../library/session.js';
import { trainingStepOf } from '../training-step.js';
import { GpuProgram } from './gpu.js';
import { InPlaceProgram } from './in-place.js';
import { LoopProgram } from './loop.js';

/** What the CPU provider can do beyond what ONNX and onnxruntime-node promise. */
export interface Abilities {
  /** Channels in a block of its own layout for convolutions; null where programs do without. */
  readonly channelBlock: number | null;
  /** Whether a run may write to memory of its inputs. */
  readonly inPlace: boolean;
}

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
  { channelBlock, inPlace }: Abilities,
): Promise<TrainingProgram> {
  const begin = performance.now();
  const { provider } = settings;
  const step = trainingStepOf(graph, options, channelBlock, LARGEST_GROUP[provider]);
  const carrier = provider === 'webgpu' ? GpuProgram : inPlace ? InPlaceProgram : LoopProgram;
  return carrier.start({ step, options, settings, begin });
}
