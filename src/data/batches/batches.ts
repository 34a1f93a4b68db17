import { breather } from '../../base/machine/parallel.js';
import { permutation, randomStream } from '../../base/random.js';
import { sizeOf } from '../../base/tensor.js';
import type { Batch } from '../../engines/engine.js';
import type { Split } from '../sets/dataset.js';
import type { Augment } from './augment.js';

/** A dropout layer of the graph, as masks are made for it. */
export interface Dropout {
  readonly name: string;
  /** The share of values that is dropped, 0 to 1. */
  readonly rate: number;
  /** The layer's output shape without the batch dimension. */
  readonly shape: readonly number[];
}

export interface BatchOptions {
  readonly batchSize: number;
  /** [H, W, C] of an image. */
  readonly shape: readonly number[];
  /** Which images, in which order; null for all as they come. */
  readonly order?: Uint32Array | null;
  /** The batch to begin with, counted from 0 in this order: where an epoch that was interrupted goes on. */
  readonly startStep?: number;
  /** The dropout masks of a batch, by its number in this order; without it there are none (evaluation). */
  readonly masks?: (step: number) => Batch['masks'];
  /** Changes an image, [H, W, C], in its place; `index` is its number in the split. Without it images stay as they are. */
  readonly augment?: Augment;
  /** The same for a batch in other memory; `indices` are the numbers of its images. */
  readonly augmentBatch?: (indices: Uint32Array, pixels: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
}

const NO_MASKS: Batch['masks'] = new Map();

/** The order in which an epoch sees `count` images. The same for the same seed and epoch, whatever came before. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return permutation(count, randomStream(seed, 'shuffle', epoch));
}

/** How many batches `count` images make, a last short one included. */
export function batchCount(count: number, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/** Batches that are made ahead take no more memory than about this, but there are at least two. */
const MOST_AHEAD_BYTES = 64e6;
const MOST_AHEAD = 8;

/** How many batches of so many bytes are in the making or wait at a time. */
function batchesAhead(bytes: number): number {
  return Math.max(2, Math.min(MOST_AHEAD, Math.floor(MOST_AHEAD_BYTES / bytes)));
}

/**
 * The images of a split in batches; the last may be short and is padded with black images of label 0.
 * Every batch has buffers of its own, since an engine may transfer them to its worker. While one is used, the next few
 * are read already.
 */
export async function* batches(split: Split, options: BatchOptions): AsyncGenerator<Batch, void, undefined> {
  const { batchSize, masks, shape } = options;
  const order = options.order ?? Uint32Array.from({ length: split.count }, (_, i) => i);
  const count = batchCount(order.length, batchSize);
  const first = options.startStep ?? 0;
  const ahead: Promise<Pixels>[] = [];
  let begun = first;
  const begin = (): void => {
    const made = readBatch(split, order.subarray(begun * batchSize, (begun + 1) * batchSize), options);
    begun++;
    // Whoever stops before this batch does not wait for it.
    made.catch(() => {});
    ahead.push(made);
  };
  const most = batchesAhead(batchSize * sizeOf(shape));
  try {
    for (let step = first; step < count; step++) {
      while (begun < count && ahead.length < most) begin();
      const made = await ahead.shift()!;
      if (begun < count) begin();
      yield { ...made, masks: masks?.(step) ?? NO_MASKS };
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

type Pixels = Omit<Batch, 'masks'>;

async function readBatch(split: Split, indices: Uint32Array, options: BatchOptions): Promise<Pixels> {
  const { batchSize, shape, augment, augmentBatch } = options;
  const imageBytes = sizeOf(shape);
  const pixels = new Uint8Array(batchSize * imageBytes);
  const labels = new Int32Array(batchSize);
  await split.read(indices, pixels);
  for (let i = 0; i < indices.length; i++) labels[i] = split.labels[indices[i]!]!;
  if (augment) {
    const breathe = breather();
    for (let i = 0; i < indices.length; i++) {
      augment(indices[i]!, pixels.subarray(i * imageBytes, (i + 1) * imageBytes));
      await breathe();
    }
  }
  const changed = augmentBatch ? await augmentBatch(indices, pixels) : pixels;
  return { pixels: changed, labels, count: indices.length };
}

/**
 * Masks for each dropout layer, [batchSize, ...shape], 1 to keep and 0 to drop, for one update of a run.
 * @param at.step updates made before this one, so that a resumed run draws the masks it would have drawn.
 */
export function dropoutMasks(
  dropouts: readonly Dropout[],
  at: { readonly seed: number; readonly step: number; readonly batchSize: number },
): Map<string, Uint8Array> {
  return new Map(
    dropouts.map(({ name, rate, shape }) => {
      const random = randomStream(at.seed, 'dropout', name, at.step);
      const mask = new Uint8Array(at.batchSize * sizeOf(shape));
      // Sixteen random bits a value: masks are made between two steps, and rates need no finer resolution.
      const dropped = Math.round(rate * 0x10000);
      for (let i = 0; i < mask.length; i += 2) {
        const bits = random.uint32();
        // The sign of the difference, since a branch that goes either way at random costs more than the draw.
        mask[i] = (dropped - 1 - (bits & 0xffff)) >>> 31;
        mask[i + 1] = (dropped - 1 - (bits >>> 16)) >>> 31;
      }
      return [name, mask];
    }),
  );
}
