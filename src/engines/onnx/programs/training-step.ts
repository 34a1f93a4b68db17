import type { Graph } from '../../../models/graph/graph.js';
import { type OptimizerConfig, optimizerNamed } from '../../../recipe/optimizers/index.js';
import type { TrainingOptions } from '../../engine.js';
import { microBatchSize } from '../../micro-batches.js';
import type { PlacedTrace } from '../plan/placement.js';
import { planTrainingStep } from '../plan/plan.js';
import { traceGraph } from '../plan/trace.js';
import type { Abilities } from './abilities.js';
import { type Group, groupsOf } from './parameters.js';

/** All that the graph of a training step is made from. */
export interface TrainingStep {
  readonly graph: Graph;
  /** Of one micro-batch. */
  readonly trace: PlacedTrace;
  readonly groups: readonly Group[];
  /** The optimizer's slots, by name. */
  readonly slots: readonly string[];
  readonly optimizer: OptimizerConfig;
  /** In how many micro-batches a batch is computed. */
  readonly microBatches: number;
  readonly labelSmoothing: number;
}

/**
 * @param abilities what the device can do
 * @param largestGroup see `groupsOf`
 */
export function trainingStepOf(
  graph: Graph,
  { batchSize, optimizer, microBatches = 1, labelSmoothing = 0 }: TrainingOptions,
  { channelBlock, formulation }: Pick<Abilities, 'channelBlock' | 'formulation'>,
  largestGroup?: number,
): TrainingStep {
  const size = microBatchSize(batchSize, microBatches);
  const trace = planTrainingStep(traceGraph(graph), size, channelBlock, formulation);
  const groups = groupsOf(graph, trace, optimizer, largestGroup);
  const slots = optimizerNamed(optimizer).slots(optimizer);
  return { graph, trace, groups, slots, optimizer, microBatches, labelSmoothing };
}
