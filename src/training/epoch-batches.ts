import { sizeOf } from '../base/tensor.js';
import { augmentBy, planAugmentation } from '../data/batches/augment.js';
import { AugmentThreads } from '../data/batches/augment-threads.js';
import { type BatchOptions, batches, dropoutMasks, epochOrder } from '../data/batches/batches.js';
import type { Split } from '../data/sets/dataset.js';
import type { Batch } from '../engines/engine.js';
import type { TrainingConfig } from '../models/config/schema.js';
import { dropoutsOf, type Graph } from '../models/graph/graph.js';

/** How the images of a run are varied. */
export interface VariedImages {
  /** In an epoch, counted from 1. */
  of(epoch: number): Pick<BatchOptions, 'augment' | 'augmentBatch'>;
  close(): Promise<void>;
}

/** Images of more bytes are varied in threads of their own; smaller ones in less time than a batch takes to go there and back. */
const MOST_BYTES_HERE = 3072;

/** Makes ready what a config asks for; reads a sample of the images where their colours have to be known. */
export async function variedImages(
  split: Split,
  { input }: Graph,
  { augmentation, seed }: Pick<TrainingConfig, 'augmentation' | 'seed'>,
): Promise<VariedImages> {
  const plan = await planAugmentation(augmentation, split, { shape: input, seed });
  if (plan === undefined) return { of: () => ({}), close: async () => {} };
  if (sizeOf(input) <= MOST_BYTES_HERE) {
    const augment = augmentBy(plan);
    return { of: (epoch) => ({ augment: augment(epoch) }), close: async () => {} };
  }
  const threads = new AugmentThreads(plan);
  return {
    of: (epoch) => ({ augmentBatch: (indices, pixels) => threads.augment(epoch, indices, pixels) }),
    close: () => threads.close(),
  };
}

/** Where an epoch stands: epochs that are done, and steps of the one that runs. */
interface Place {
  readonly epoch: number;
  readonly step: number;
}

/**
 * The batches that are left of an epoch. All that is random in them follows from seed, epoch and step alone.
 * @param updatesBefore made before this epoch
 */
export function epochBatches(
  split: Split,
  graph: Graph,
  { seed, batchSize }: TrainingConfig,
  { epoch, step }: Place,
  updatesBefore: number,
  varied: VariedImages,
): AsyncGenerator<Batch, void> {
  const dropouts = dropoutsOf(graph);
  return batches(split, {
    batchSize,
    shape: graph.input,
    order: epochOrder(split.count, seed, epoch + 1),
    startStep: step,
    ...varied.of(epoch + 1),
    masks: (at) => dropoutMasks(dropouts, { seed, step: updatesBefore + at, batchSize }),
  });
}
