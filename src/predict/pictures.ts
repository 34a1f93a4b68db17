import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { decodeImage } from '../data/resize.js';
import { WorkError } from '../errors.js';
import { nearest } from '../nearest.js';

/** How standard input is named on the command line. */
export const STDIN = '-';

/** A picture as the network sees it, or why it cannot be used, as a sentence. */
export type Picture =
  | { readonly image: string; readonly pixels: Uint8Array }
  | { readonly image: string; readonly problem: string };

/**
 * Reads a picture, resized and cropped as in training.
 * @param image a path, or `-` for standard input
 */
export async function readImage(
  image: string,
  shape: readonly [number, number, number],
  invert: boolean,
): Promise<Picture> {
  try {
    const name = image === STDIN ? 'Standard input' : image;
    const pixels = await decodeImage(image === STDIN ? await readStandardInput() : image, shape, name);
    return { image, pixels: invert ? pixels.map((value) => 255 - value) : pixels };
  } catch (error) {
    if (!(error instanceof WorkError)) throw error;
    return { image, problem: (await misunderstanding(image)) ?? error.message };
  }
}

/** Where an image's name is that of something else, or nearly that of a file. */
async function misunderstanding(image: string): Promise<string | undefined> {
  const stat = statSync(image, { throwIfNoEntry: false });
  if (stat?.isDirectory())
    return `${image} is a folder: name the pictures in it, such as ${join(image, '*.png')}.`;
  if (stat !== undefined || image === STDIN) return undefined;
  const close = nearest(basename(image), await readdir(dirname(image)).catch(() => []));
  return close && `${image} does not exist. Did you mean ${join(dirname(image), close)}?`;
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Whether the edge of an image, [H, W, C] bytes, is rather light: a picture of something dark on paper. */
export function isLightGround(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): boolean {
  let [sum, count] = [0, 0];
  for (let y = 0; y < height; y++) {
    const inside = y > 0 && y < height - 1;
    for (let x = 0; x < width; x += inside && width > 1 ? width - 1 : 1) {
      const at = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) sum += pixels[at + c]!;
      count += channels;
    }
  }
  return sum / count > 127.5;
}
