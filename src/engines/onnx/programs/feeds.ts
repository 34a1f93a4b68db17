import { dropoutsOf, type Graph } from '../../../models/graph/graph.js';
import type { DataType } from '../write/proto.js';
import { type FeedName, IMAGES, maskName, NUMBERS } from './names.js';
import type { TrainingStep } from './training-step.js';

/** What a step reads that is neither weights nor slots: the batch, and numbers of the step. */
export interface Feed {
  readonly name: FeedName;
  readonly dims: readonly number[];
  readonly type: DataType;
}

/** Images are bytes, unless the network takes numbers as they are. */
export const pixelType = ({ takesNumbers }: Graph): 'uint8' | 'float32' =>
  takesNumbers ? 'float32' : 'uint8';

/** The images of a step or micro-batch, and what belongs to them, with these leading extents. */
export function imageFeeds(graph: Graph, extents: readonly number[]): Feed[] {
  const masks = dropoutsOf(graph).map(({ name, shape }) => ({
    name: maskName(name),
    dims: [...extents, ...shape],
    type: 'uint8' as const,
  }));
  return [
    { name: IMAGES.pixels, dims: [...extents, ...graph.input], type: pixelType(graph) },
    { name: IMAGES.labels, dims: extents, type: 'int32' },
    { name: IMAGES.weights, dims: extents, type: 'float32' },
    { name: IMAGES.shares, dims: extents, type: 'float32' },
    ...masks,
  ];
}

/**
 * What a whole step reads: its batch, in micro-batches where it has several, the step size, and how many of the
 * micro-batches hold images.
 * @param stepSize the extents of the step size, of one value
 */
export function stepFeeds(
  { graph, trace: { batch }, microBatches }: TrainingStep,
  stepSize: readonly number[],
): Feed[] {
  const feeds: Feed[] = [
    ...imageFeeds(graph, microBatches > 1 ? [microBatches, batch] : [batch]),
    { name: NUMBERS.stepSize, dims: stepSize, type: 'float32' },
  ];
  if (microBatches > 1) feeds.push({ name: NUMBERS.microBatches, dims: [], type: 'int64' });
  return feeds;
}
