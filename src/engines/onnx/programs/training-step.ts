import { sizeOf } from '../../../base/tensor.js';
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
  /** Whether it is written so that it takes less memory and a little more time: see `GraphWriter.spareMemory`. */
  readonly sparesMemory: boolean;
}

/** All values that layers give for a micro-batch. */
const valuesIn = ({ operations, batch }: PlacedTrace): number =>
  batch * operations.reduce((sum, { output }) => sum + sizeOf(output.shape), 0);

/**
 * From so many values on, 200 MB, a step spares memory. (resnet18, 16 images: 0.85 GB instead of 1.1, and 3 % more time;
 * vgg16 3.5 GB instead of 4.5; resnet18-small, 64 images, which is below it, takes 7 % more time and as much memory.)
 */
const MANY_VALUES = 5e7;

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
  // Outside blocks nothing is written so.
  const sparesMemory = channelBlock !== null && valuesIn(trace) >= MANY_VALUES;
  return { graph, trace, groups, slots, optimizer, microBatches, labelSmoothing, sparesMemory };
}
