import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, WorkError } from '../../base/errors.js';
import { sizeOf } from '../../base/tensor.js';
import type { Resize } from '../../recipe/pixels.js';
import type { PictureCache } from '../cache/picture-cache.js';
import type { Split } from '../sets/dataset.js';
import { lazySplit } from '../sets/lazy-split.js';
import { UnusablePicture } from './picture-open.js';
import type { Picture } from './picture-order.js';
import { DECODES_AT_ONCE, decode } from './resize.js';

interface PictureSplitOptions {
  readonly folder: string;
  /** [H, W, C] */
  readonly shape: readonly [number, number, number];
  /** How they are brought to it; by the program's own rule where absent. */
  readonly resize?: Resize;
  readonly memoryBytes: number;
  /** Where pixels lie on the disk, and the key there of each picture, by its path. */
  readonly cached?: { readonly cache: PictureCache; readonly keys: ReadonlyMap<string, string> };
}

/** Pictures as images. */
export interface PictureSplit extends Split {
  /** The SHA-256 of an image, in base64, where it is known without making it. */
  hashOf(index: number): string | undefined;
}

/** A picture that cannot be decoded, found when it was read: what it is, and why. */
export class DamagedPicture extends WorkError {
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${path} ${problem}, though it was sound when the run began; mend or remove it.`);
  }
}

/**
 * Pictures that are decoded when they are read, off the main thread, or read from a cache.
 * Reading throws DamagedPicture for one that cannot be decoded, and WorkError for one that is not there any more:
 * another in its place would be counted as what it is not.
 */
export function pictureSplit(
  pictures: readonly Picture[],
  { folder, shape, resize, memoryBytes, cached }: PictureSplitOptions,
): PictureSplit {
  const pathOf = (index: number): string => join(folder, pictures[index]!.path);
  const keyOf = (index: number): string => cached!.keys.get(pictures[index]!.path)!;
  const split = lazySplit(
    Int32Array.from(pictures, ({ label }) => label),
    {
      imageBytes: sizeOf(shape),
      memoryBytes,
      atOnce: DECODES_AT_ONCE,
      async make(index, out) {
        if (cached && (await cached.cache.read(keyOf(index), out))) return;
        out.set(await decodeFile(pathOf(index), { shape, resize }));
        await cached?.cache.add(keyOf(index), out);
      },
    },
  );
  return { ...split, nameOf: pathOf, hashOf: (index) => cached?.cache.hashOf(keyOf(index)) };
}

async function decodeFile(
  path: string,
  { shape, resize }: Pick<PictureSplitOptions, 'shape' | 'resize'>,
): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  try {
    return await decode(bytes, shape, resize);
  } catch (error) {
    throw error instanceof UnusablePicture ? new DamagedPicture(path, error.message) : error;
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new WorkError(
      `${path} was there when the run began and cannot be read any more (${codeOf(error) ?? messageOf(error)}).`,
    );
  }
}
