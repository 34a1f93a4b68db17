import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../../base/tensor.js';
import { dropoutsOf, type Graph } from '../../../models/graph/graph.js';
import type { Batch } from '../../engine.js';
import { microBatchesOf } from '../../micro-batches.js';
import { ort } from '../library/onnxruntime.js';
import { type FeedName, IMAGES, maskName, NUMBERS } from './names.js';
import type { TrainingStep } from './training-step.js';

/** The values of feeds, by name. */
export type FeedTensors = Readonly<Partial<Record<FeedName, Ort.Tensor>>>;

/**
 * Whole batches as `stepFeeds` describes them, without the step size.
 * @param size images of a micro-batch, without those that only fill up blocks
 * @param leading the extents in front of those of one batch, which hold as many batches as there are
 */
export function batchTensors(
  { graph, trace: { batch }, microBatches }: TrainingStep,
  size: number,
  batches: readonly Batch[],
  leading: readonly number[],
): Record<string, Ort.Tensor> {
  const extents = microBatches > 1 ? [...leading, microBatches, batch] : [...leading, batch];
  const all = batches.flatMap((whole) =>
    microBatchesOf(whole, size, microBatches).map((one) => ({ one, whole: whole.count })),
  );
  const images = all.map(({ one }) => one);
  const counts = images.map(({ count }) => count);
  const wholes = all.map(({ whole }) => whole);
  return {
    ...imageTensors(graph, images, extents),
    ...weightTensors(counts, extents, wholes),
    ...(microBatches > 1 ? { [NUMBERS.microBatches]: withImages(batches, size, leading) } : {}),
  };
}

/** How many micro-batches of each batch hold images, int64 of these extents. */
function withImages(batches: readonly Batch[], size: number, dims: readonly number[]): Ort.Tensor {
  const counts = BigInt64Array.from(batches, ({ count }) => BigInt(Math.ceil(count / size)));
  return new ort.Tensor('int64', counts, dims);
}

/**
 * Images, labels and masks as inputs of these leading extents.
 * @param batches each the images of one computation, the last extent; what a batch lacks is filled up with zeros
 */
export function imageTensors(
  graph: Graph,
  batches: readonly Batch[],
  extents: readonly number[],
): FeedTensors {
  const images = extents.at(-1)!;
  const bytes = (arrays: readonly Uint8Array[], shape: readonly number[]) =>
    new ort.Tensor('uint8', joined(arrays, images * sizeOf(shape), Uint8Array), [...extents, ...shape]);
  const labels = joined(
    batches.map((batch) => batch.labels),
    images,
    Int32Array,
  );
  const tensors: Partial<Record<FeedName, Ort.Tensor>> = {
    [IMAGES.pixels]: pixelTensor(graph, batches, extents),
    [IMAGES.labels]: new ort.Tensor('int32', labels, extents),
  };
  for (const { name, shape } of dropoutsOf(graph)) {
    const masks = batches.map(
      ({ masks }) => masks.get(name) ?? new Uint8Array(images * sizeOf(shape)).fill(1),
    );
    tensors[maskName(name)] = bytes(masks, shape);
  }
  return tensors;
}

/** The images of batches, as `pixelType` has them. */
export function pixelTensor(
  graph: Graph,
  batches: readonly Pick<Batch, 'pixels'>[],
  extents: readonly number[],
): Ort.Tensor {
  const dims = [...extents, ...graph.input];
  const length = extents.at(-1)! * sizeOf(graph.input);
  const arrays = batches.map(({ pixels }) => pixels);
  return graph.takesNumbers
    ? new ort.Tensor('float32', joined(arrays as readonly Float32Array[], length, Float32Array), dims)
    : new ort.Tensor('uint8', joined(arrays as readonly Uint8Array[], length, Uint8Array), dims);
}

/**
 * What each image counts for in the loss, and its share in the means of batch normalization; padding has 0 of either.
 * @param counts the real images of each computation
 * @param extents of the tensors; the last is the number of images that are computed at once
 * @param wholes the real images of the step that each belongs to
 */
export function weightTensors(
  counts: readonly number[],
  extents: readonly number[],
  wholes: readonly number[] = counts,
): FeedTensors {
  const images = extents.at(-1)!;
  const weights = new Float32Array(sizeOf(extents));
  const shares = new Float32Array(sizeOf(extents));
  counts.forEach((count, i) => {
    weights.fill(1 / wholes[i]!, i * images, i * images + count);
    shares.fill(1 / count, i * images, i * images + count);
  });
  return {
    [IMAGES.weights]: new ort.Tensor('float32', weights, extents),
    [IMAGES.shares]: new ort.Tensor('float32', shares, extents),
  };
}

/** Arrays one after the other, each in `length` values; a lone one of that length as it is. */
function joined<A extends Uint8Array | Int32Array | Float32Array>(
  arrays: readonly A[],
  length: number,
  make: new (length: number) => A,
): A {
  if (arrays.length === 1 && arrays[0]!.length === length) return arrays[0]!;
  const all = new make(arrays.length * length);
  arrays.forEach((array, i) => {
    all.set(array, i * length);
  });
  return all;
}
