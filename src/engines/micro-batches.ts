import type { Batch } from './engine.js';

/** Images of one micro-batch where a batch is computed in `microBatches` of them. */
export function microBatchSize(batchSize: number, microBatches = 1): number {
  return Math.ceil(batchSize / microBatches);
}

/**
 * A batch in micro-batches of `size` images. The last one with images may be shorter.
 * @param microBatches how many; without it those that hold images, else further ones are empty
 */
export function microBatchesOf(
  batch: Batch,
  size: number,
  microBatches = Math.ceil(batch.count / size),
): Batch[] {
  const { pixels, labels, count, masks } = batch;
  const piece = <A extends Uint8Array | Float32Array>(all: A, from: number): A => {
    const each = all.length / labels.length;
    return all.subarray(from * each, (from + size) * each) as A;
  };
  return Array.from({ length: microBatches }, (_, i) => ({
    pixels: piece(pixels, i * size),
    labels: labels.subarray(i * size, (i + 1) * size),
    count: Math.max(0, Math.min(size, count - i * size)),
    masks: new Map([...masks].map(([name, mask]) => [name, piece(mask, i * size)])),
  }));
}
