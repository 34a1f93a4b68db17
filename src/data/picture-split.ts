import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../errors.js';
import { sizeOf } from '../tensor.js';
import type { DatasetRequest, Split } from './dataset.js';
import { lazySplit } from './lazy-split.js';
import { DECODES_AT_ONCE, decode, UnusablePicture } from './resize.js';

/** A picture to learn from. */
export interface Picture {
  /** Below the data folder. */
  readonly path: string;
  /** The number of its class. */
  readonly label: number;
}

export interface PictureSplitOptions extends Pick<DatasetRequest, 'shape' | 'strict' | 'notify'> {
  readonly folder: string;
  readonly memoryBytes: number;
}

/** Damage in the middle of pictures that is worth a warning each; of more it is only said that there is more. */
const MOST_WARNINGS = 3;

/**
 * Pictures that are decoded when they are read, off the main thread. One that turns out to be damaged in its middle
 * (its header and its end were looked at before) is replaced by the next picture of its class: always by the same
 * one, so that a run can be repeated bit for bit. With `strict` it is an error.
 */
export function pictureSplit(pictures: readonly Picture[], options: PictureSplitOptions): Split {
  const { shape, memoryBytes } = options;
  const decoder = new Decoder(pictures, options);
  return lazySplit(
    Int32Array.from(pictures, ({ label }) => label),
    {
      imageBytes: sizeOf(shape),
      memoryBytes,
      atOnce: DECODES_AT_ONCE,
      make: async (index, out) => out.set(await decoder.image(index)),
    },
  );
}

class Decoder {
  /** Pictures that turned out to be damaged. */
  private readonly damaged = new Set<number>();

  constructor(
    private readonly pictures: readonly Picture[],
    private readonly options: PictureSplitOptions,
  ) {}

  async image(index: number): Promise<Uint8Array> {
    const { label } = this.pictures[index]!;
    const count = this.pictures.length;
    for (let step = 0; step < count; step++) {
      const next = (index + step) % count;
      if (this.pictures[next]!.label !== label || this.damaged.has(next)) continue;
      const image = await this.decoded(next);
      if (image) return image;
    }
    throw new WorkError(
      `${this.options.folder} has no undamaged picture of the class of ${this.pathOf(index)}.`,
    );
  }

  /** @returns nothing for a picture that is damaged. */
  private async decoded(index: number): Promise<Uint8Array | undefined> {
    const bytes = await this.bytesOf(index);
    try {
      return await decode(bytes, this.options.shape);
    } catch (error) {
      if (!(error instanceof UnusablePicture)) throw error;
      this.report(index, error.message);
      return undefined;
    }
  }

  private async bytesOf(index: number): Promise<Uint8Array> {
    const path = this.pathOf(index);
    try {
      return await readFile(path);
    } catch (error) {
      // This is no damage of the picture: with another in its place the run could not be repeated.
      throw new WorkError(
        `${path} was there when the run began and cannot be read any more (${codeOf(error) ?? messageOf(error)}).`,
      );
    }
  }

  private report(index: number, problem: string): void {
    const { folder, strict, notify } = this.options;
    const { path } = this.pictures[index]!;
    if (strict)
      throw new WorkError(
        `${join(folder, path)} ${problem}; mend or remove it, or train without it by leaving out --strict.`,
      );
    // Two reads that ran into it at a time make one warning.
    if (this.damaged.has(index)) return;
    this.damaged.add(index);
    if (this.damaged.size > MOST_WARNINGS) return;
    const last = this.damaged.size === MOST_WARNINGS ? ' More of the kind will not be mentioned.' : '';
    const message = `${join(folder, path)} ${problem}; another picture of its class takes its place.${last}`;
    notify({ kind: 'warning', message });
  }

  private pathOf(index: number): string {
    return join(this.options.folder, this.pictures[index]!.path);
  }
}
