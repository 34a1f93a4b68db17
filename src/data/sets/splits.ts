import { permutation, randomStream } from '../../base/random.js';
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
    ...(split.nameOf && { nameOf: (index: number) => split.nameOf!(indices[index]!) }),
  };
}

/** The images of several splits, one split after another. Copies no pixels. */
export function concatenated(splits: readonly Split[], imageBytes: number): Split {
  const ends: number[] = [];
  for (const { count } of splits) ends.push((ends.at(-1) ?? 0) + count);
  const count = ends.at(-1) ?? 0;
  const labels = new Int32Array(count);
  splits.forEach((split, i) => {
    labels.set(split.labels, ends[i]! - split.count);
  });
  const nameOf = (index: number): string => {
    const which = ends.findIndex((end) => index < end);
    const own = index - (ends[which]! - splits[which]!.count);
    return splits[which]!.nameOf?.(own) ?? String(index);
  };
  return {
    count,
    labels,
    nameOf,
    async read(indices, out) {
      // Runs of images of the same split are read together.
      for (let from = 0; from < indices.length; ) {
        const which = ends.findIndex((end) => indices[from]! < end);
        const start = ends[which]! - splits[which]!.count;
        let to = from;
        while (to < indices.length && indices[to]! >= start && indices[to]! < ends[which]!) to++;
        const own = indices.slice(from, to).map((index) => index - start);
        await splits[which]!.read(own, out.subarray(from * imageBytes, to * imageBytes));
        from = to;
      }
    },
  };
}

/**
 * The first `limit` images, or all where there are fewer. `limit` applies it to the training images and to the
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
