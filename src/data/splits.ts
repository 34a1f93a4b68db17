import { permutation, randomStream } from '../random.js';
import type { Split } from './dataset.js';

/** A split whose images lie in memory, [count, ...image], each of `imageBytes` bytes. */
export function memorySplit(pixels: Uint8Array, labels: Int32Array, imageBytes: number): Split {
  return {
    count: labels.length,
    labels,
    read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const from = indices[i]! * imageBytes;
        out.set(pixels.subarray(from, from + imageBytes), i * imageBytes);
      }
    },
  };
}

/** The images of `split` at `indices`, in that order. Copies no pixels. */
export function subset(split: Split, indices: Uint32Array): Split {
  return {
    count: indices.length,
    labels: Int32Array.from(indices, (index) => split.labels[index]!),
    read: (wanted, out) =>
      split.read(
        wanted.map((i) => indices[i]!),
        out,
      ),
  };
}

/**
 * The first `limit` images, or all where there are fewer. `--limit` applies it to the training images and to the
 * test images alike, before the validation images are taken from the training images.
 */
export function limitSplit(split: Split, limit: number | undefined): Split {
  if (limit === undefined || limit >= split.count) return split;
  return subset(
    split,
    Uint32Array.from({ length: limit }, (_, i) => i),
  );
}

/**
 * Takes `fraction` of a split away for validation, chosen by the seed: round(fraction * count) images, so that a
 * fraction of 0 leaves an empty validation split. Both parts keep the order of the whole.
 */
export function splitValidation(
  split: Split,
  fraction: number,
  seed: number,
): { train: Split; validation: Split } {
  const order = permutation(split.count, randomStream(seed, 'validation'));
  const taken = Math.round(fraction * split.count);
  return {
    train: subset(split, order.slice(taken).sort()),
    validation: subset(split, order.slice(0, taken).sort()),
  };
}
