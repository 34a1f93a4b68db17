import { sizeOf } from '../../../base/tensor.js';
import { type Graph, weightsOf } from '../../../models/graph/graph.js';
import type { EngineWork } from '../../engine.js';
import { THREAD_COSTS } from './thread-costs.js';
import { stepMs } from './thread-model.js';
import { plannedWork } from './threads.js';

/** The threads and the smallest batch for which halves were measured to be faster: docs/scaling.md. */
const THREADS = 2;
const LEAST_BATCH = 128;

/** Each replica has memory for all weights. */
const MOST_WEIGHTS = 600_000;

/** What replicas cost beyond their parts: two meetings a step, and what is exchanged and updated of each weight. */
const MEETINGS_MS = 0.15;
const WEIGHT_MS = 1.3e-6;

/** More than this share of a step costs more than halves save. */
const MOST_SHARE = 0.07;

/** Whether the parts of a batch give the gradients of the whole: the statistics of batch normalization would be those of a part. */
export const isSumOfParts = (graph: Graph): boolean => graph.nodes.every(({ kind }) => kind !== 'batchNorm');

/**
 * In how many parts a training step is computed at the same time: in two halves where that is estimated to be faster, by what was
 * measured. Of networks that are frozen in part nothing was: often their head alone is left to be computed.
 * @param channelBlock see `placeOperations`
 */
export function replicasFor(work: EngineWork, threads: number, channelBlock: number | null): 1 | 2 {
  const { graph, mode, batchSize, microBatches = 1 } = work;
  if (mode !== 'train' || threads !== THREADS || batchSize < LEAST_BATCH || microBatches > 1) return 1;
  const weights = weightsOf(graph).reduce((sum, { spec }) => sum + sizeOf(spec.shape), 0);
  const isFrozen = graph.nodes.some(({ frozen }) => frozen);
  if (weights > MOST_WEIGHTS || isFrozen || !isSumOfParts(graph)) return 1;
  const ms = stepMs(plannedWork(work, channelBlock), threads, THREAD_COSTS.train);
  return MEETINGS_MS + WEIGHT_MS * weights <= MOST_SHARE * ms ? 2 : 1;
}
