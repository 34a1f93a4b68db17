import { sizeOf } from '../../../base/tensor.js';
import { type Graph, weightsOf, withoutAuxiliaries } from '../../../models/graph/graph.js';
import type { EngineWork } from '../../engine.js';
import { microBatchSize } from '../../micro-batches.js';
import type { PlacedTrace } from './placement.js';
import { planInference, planTrainingStep } from './plan.js';
import { THREAD_COSTS } from './thread-costs.js';
import { fastestThreads, type StepWork } from './thread-model.js';
import { type Trace, traceGraph } from './trace.js';

const BYTES = 4;

/** The work of a plan's step; of one micro-batch where there are several. */
export function workOf(graph: Graph, { operations }: Trace | PlacedTrace, images: number): StepWork {
  const values = operations.reduce((sum, { output }) => sum + sizeOf(output.shape), 0);
  const weights = weightsOf(graph).reduce((sum, { spec }) => sum + sizeOf(spec.shape), 0);
  return {
    operations: operations.length,
    macs: images * graph.nodes.reduce((sum, { macs }) => sum + macs, 0),
    bytes: BYTES * (images * values + weights),
  };
}

/** @param channelBlock see `placeOperations` */
export function plannedWork(
  { graph, mode, batchSize, microBatches }: EngineWork,
  channelBlock: number | null,
): StepWork {
  if (mode === 'infer') {
    const used = withoutAuxiliaries(graph);
    return workOf(used, planInference(traceGraph(used)), batchSize);
  }
  const trace = planTrainingStep(traceGraph(graph), microBatchSize(batchSize, microBatches), channelBlock);
  return workOf(graph, trace, trace.batch);
}

/**
 * How many of `most` threads a program is given where nobody asks for a number.
 * @param channelBlock see `placeOperations`
 */
export function chosenThreads(work: EngineWork, most: number, channelBlock: number | null): number {
  return most === 1 ? 1 : fastestThreads(plannedWork(work, channelBlock), most, THREAD_COSTS[work.mode]);
}
