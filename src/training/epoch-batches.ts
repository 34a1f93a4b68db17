import type { Augment } from '../data/batches/augment.js';
import { batches, dropoutMasks, epochOrder } from '../data/batches/batches.js';
import type { Split } from '../data/sets/dataset.js';
import type { Batch } from '../engines/engine.js';
import type { TrainingConfig } from '../models/config/schema.js';
import { dropoutsOf, type Graph } from '../models/graph/graph.js';

/** Where an epoch stands: epochs that are done, and steps of the one that runs. */
interface Place {
  readonly epoch: number;
  readonly step: number;
}

/**
 * The batches that are left of an epoch. All that is random in them follows from seed, epoch and step alone.
 * @param updatesBefore made before this epoch
 * @param augment changes an image of the epoch, counted from 1
 */
export function epochBatches(
  split: Split,
  graph: Graph,
  { seed, batchSize }: TrainingConfig,
  { epoch, step }: Place,
  updatesBefore: number,
  augment: ((epoch: number) => Augment) | undefined,
): AsyncGenerator<Batch, void> {
  const dropouts = dropoutsOf(graph);
  return batches(split, {
    batchSize,
    shape: graph.input,
    order: epochOrder(split.count, seed, epoch + 1),
    startStep: step,
    augment: augment?.(epoch + 1),
    masks: (at) => dropoutMasks(dropouts, { seed, step: updatesBefore + at, batchSize }),
  });
}
