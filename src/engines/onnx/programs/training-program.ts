import type { Graph } from '../../../models/graph/graph.js';
import type { TrainingOptions, TrainingProgram } from '../../engine.js';
import { microBatchSize } from '../../micro-batches.js';
import type { Abilities } from '../abilities.js';
import { createSession, type ProviderName, type SessionSettings } from '../library/session.js';
import { planTraining } from '../plan/plan.js';
import { traceGraph } from '../plan/trace.js';
import { gpuPorts, METRICS } from './gpu-io.js';
import { inPlaceGraph } from './in-place-graph.js';
import { InPlaceProgram } from './in-place-program.js';
import { LoopProgram } from './loop-program.js';
import { groupsOf } from './parameters.js';
import { copyGraph, handOnGraph, microStepGraph, stepGraph } from './step-graph.js';
import { GPU_STEPS_PER_CALL, StepProgram } from './step-program.js';
import { loopGraph, stateNames, sumNames } from './training-graph.js';
import { optimizerOf } from './update.js';

/** Builds the program of a training step on a device. */
export async function createTrainingProgram(
  graph: Graph,
  options: TrainingOptions,
  settings: SessionSettings,
  { channelBlock, inPlace }: Abilities,
): Promise<TrainingProgram> {
  const begin = performance.now();
  const size = microBatchSize(options.batchSize, options.microBatches);
  const trace = planTraining(traceGraph(graph), size, channelBlock);
  const groups = groupsOf(graph, trace, options.optimizer, LARGEST_GROUP[settings.provider]);
  const slots = optimizerOf(options.optimizer).slots(options.optimizer as never);
  const programs = {
    graph,
    trace,
    groups,
    slots,
    optimizer: options.optimizer,
    parts: options.microBatches ?? 1,
    labelSmoothing: options.labelSmoothing ?? 0,
  };
  const { parts } = programs;
  const { batch } = trace;
  const common = { graph, options, groups, slots, settings, batch, size, parts };
  if (settings.provider === 'webgpu') {
    const kept = [METRICS, ...stateNames(groups, slots), ...(parts > 1 ? sumNames(groups) : [])];
    const locations = Object.fromEntries(kept.map((name) => [`next:${name}`, 'gpu-buffer' as const]));
    const capacity = GPU_STEPS_PER_CALL * parts;
    const program = (parts > 1 ? microStepGraph : stepGraph)(programs, gpuPorts(capacity));
    const session = await createSession(program, settings, locations);
    const copy = await createSession(copyGraph(groups, slots), settings);
    const read = await createSession(handOnGraph(new Map([[METRICS, [2 * capacity]]])), settings);
    return new StepProgram({ ...common, session, buildMs: performance.now() - begin }, copy, read);
  }
  const made = inPlace ? inPlaceGraph(programs) : null;
  const session = await (made
    ? createSession(made.model, { ...settings, optimization: made.optimization })
    : createSession(loopGraph(programs), settings));
  const built = { ...common, session, buildMs: performance.now() - begin };
  return made ? new InPlaceProgram(built, made) : new LoopProgram(built);
}

/** Weights in a group. A WebGPU shader may use eight buffers on every device, and a group is split by one. */
const LARGEST_GROUP: Partial<Record<ProviderName, number>> = { webgpu: 7 };
