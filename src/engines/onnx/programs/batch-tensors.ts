import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../../base/tensor.js';
import { dropoutsOf, type Graph } from '../../../models/graph/graph.js';
import type { Batch } from '../../engine.js';
import { ort } from '../library/onnxruntime.js';
import { maskInput } from './training-graph.js';

/**
 * Images, labels and masks as inputs of these leading extents.
 * @param batches each the images of one computation, the last extent; what a batch lacks is filled up with zeros
 */
export function imageTensors(
  graph: Graph,
  batches: readonly Batch[],
  extents: readonly number[],
): Record<string, Ort.Tensor> {
  const images = extents.at(-1)!;
  const bytes = (parts: readonly Uint8Array[], shape: readonly number[]) =>
    new ort.Tensor('uint8', joined(parts, images * sizeOf(shape), Uint8Array), [...extents, ...shape]);
  const labels = joined(
    batches.map((batch) => batch.labels),
    images,
    Int32Array,
  );
  const tensors: Record<string, Ort.Tensor> = {
    pixels: bytes(
      batches.map(({ pixels }) => pixels),
      graph.input,
    ),
    labels: new ort.Tensor('int32', labels, extents),
  };
  for (const { name, shape } of dropoutsOf(graph)) {
    const masks = batches.map(
      ({ masks }) => masks.get(name) ?? new Uint8Array(images * sizeOf(shape)).fill(1),
    );
    tensors[maskInput(name)] = bytes(masks, shape);
  }
  return tensors;
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
): Record<'imageWeights' | 'imageShares', Ort.Tensor> {
  const images = extents.at(-1)!;
  const weights = new Float32Array(sizeOf(extents));
  const shares = new Float32Array(sizeOf(extents));
  counts.forEach((count, i) => {
    weights.fill(1 / wholes[i]!, i * images, i * images + count);
    shares.fill(1 / count, i * images, i * images + count);
  });
  return {
    imageWeights: new ort.Tensor('float32', weights, extents),
    imageShares: new ort.Tensor('float32', shares, extents),
  };
}

/** How many micro-batches of each batch hold images. */
export function partsWithImages(batches: readonly Batch[], size: number): Ort.Tensor {
  const parts = BigInt64Array.from(batches, ({ count }) => BigInt(Math.ceil(count / size)));
  return new ort.Tensor('int64', parts, [batches.length]);
}

/** Arrays one after the other, each in `length` values. */
function joined<A extends Uint8Array | Int32Array>(
  parts: readonly A[],
  length: number,
  make: new (length: number) => A,
): A {
  if (parts.length === 1 && parts[0]!.length === length) return parts[0]!;
  const all = new make(parts.length * length);
  parts.forEach((part, i) => {
    all.set(part, i * length);
  });
  return all;
}
