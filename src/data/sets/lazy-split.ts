import { usableMemory } from '../../base/machine/memory.js';
import { limiter } from '../../base/machine/parallel.js';
import { formatBytes, formatInteger } from '../../base/text/format.js';
import { setting } from '../../base/text/settings.js';
import type { DatasetRequest, Split } from './dataset.js';

/** What decoded or drawn images of a data set take in memory at most, unless a request says otherwise. */
const MOST_BYTES = 1e9;
/** The rest is for the network, its step and the program. */
const SHARE_OF_MEMORY = 0.25;

/**
 * What decoded or drawn images of a data set may take in memory unless a request says otherwise: 1 GB, or a quarter of
 * what the process may use where that is less.
 */
export function imageMemory(): number {
  return Math.min(MOST_BYTES, SHARE_OF_MEMORY * usableMemory());
}

/** Says where the memory that was asked for keeps no image, or fewer than a batch has. */
export function tellFewKept(
  images: number,
  imageBytes: number,
  { memoryBytes, batchSize = 1, notify }: Partial<DatasetRequest>,
): void {
  // Who asks for none knows.
  if (memoryBytes === undefined || memoryBytes === 0) return;
  const kept = Math.floor(memoryBytes / imageBytes);
  if (kept >= Math.min(batchSize, images)) return;
  const needed =
    batchSize === 1
      ? `one takes ${formatBytes(imageBytes)}`
      : `a batch of ${batchSize} takes ${formatBytes(batchSize * imageBytes)}`;
  notify?.({
    kind: 'notice',
    message: `${setting('imageMemory')} of ${formatBytes(memoryBytes)} keeps ${kept} of ${formatInteger(images)} images in memory, as ${needed}; the others are read from the disk or made anew whenever they are needed.`,
  });
}

interface LazySplitOptions {
  /** Of one image. */
  readonly imageBytes: number;
  /** Images are kept in memory once they are made, those with the lowest numbers, as many as fit this. */
  readonly memoryBytes: number;
  /** How many images may be in the making at a time, whoever reads them. */
  readonly atOnce: number;
  /** Makes image number `index` and writes it to `out`, [H, W, C]: the same one whenever it is asked. */
  make(index: number, out: Uint8Array): Promise<void> | void;
}

/** A split whose images are made when they are read. Those that do not fit in memory are made again each time. */
export function lazySplit(labels: Int32Array, options: LazySplitOptions): Split {
  const { imageBytes, memoryBytes, atOnce, make } = options;
  const kept = new KeptImages(Math.min(labels.length, Math.floor(memoryBytes / imageBytes)), imageBytes);
  // Of all reads together: the next batch is begun while the last images of one are made.
  const limited = limiter(atOnce);
  return {
    count: labels.length,
    labels,
    async read(indices, out) {
      const imageAt = (i: number): Uint8Array => out.subarray(i * imageBytes, (i + 1) * imageBytes);
      const missing: number[] = [];
      indices.forEach((index, i) => {
        if (!kept.copy(index, imageAt(i))) missing.push(i);
      });
      let failed = false;
      const one = async (i: number): Promise<void> => {
        if (failed) return;
        try {
          await make(indices[i]!, imageAt(i));
          kept.keep(indices[i]!, imageAt(i));
        } catch (error) {
          failed = true;
          throw error;
        }
      };
      await Promise.all(missing.map((i) => limited(() => one(i))));
    },
  };
}

/** The memory that is left for the test images when the training images have taken theirs. */
export function memoryLeft(memoryBytes: number, trainImages: number, imageBytes: number): number {
  return Math.max(0, memoryBytes - trainImages * imageBytes);
}

/** Room for the images 0 to capacity - 1. */
class KeptImages {
  readonly #present: Uint8Array;
  #pixels: Uint8Array | undefined;

  readonly #capacity: number;
  readonly #imageBytes: number;

  constructor(capacity: number, imageBytes: number) {
    this.#capacity = capacity;
    this.#imageBytes = imageBytes;
    this.#present = new Uint8Array(capacity);
  }

  copy(index: number, out: Uint8Array): boolean {
    if (this.#pixels === undefined || this.#present[index] !== 1) return false;
    out.set(this.#pixels.subarray(index * this.#imageBytes, (index + 1) * this.#imageBytes));
    return true;
  }

  keep(index: number, image: Uint8Array): void {
    if (index >= this.#capacity) return;
    // Systems give memory to such an array page by page, when it is first written.
    this.#pixels ??= new Uint8Array(this.#capacity * this.#imageBytes);
    this.#pixels.set(image, index * this.#imageBytes);
    this.#present[index] = 1;
  }
}
