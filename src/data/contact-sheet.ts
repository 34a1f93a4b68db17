import { maxOf } from '../base/extremes.js';
import { loadSharp } from '../base/machine/sharp.js';
import { sizeOf } from '../base/tensor.js';
import type { Augment } from './batches/augment.js';
import type { Split } from './sets/dataset.js';

export interface SheetOptions {
  /** [H, W, C] of the images; C is 1 or 3. */
  readonly shape: readonly [number, number, number];
  /** Screen pixels a pixel; the default makes images about 96 pixels wide, and never smaller than they are. */
  readonly scale?: number;
}

const GAP = 4;
const PAPER = 255;
const WANTED_SIDE = 96;

/** Draws rows of images, [H, W, C] bytes each, side by side on white. @returns a PNG file. */
export async function contactSheet(
  rows: readonly (readonly Uint8Array[])[],
  { shape: [height, width, channels], scale }: SheetOptions,
): Promise<Buffer> {
  const times = scale ?? Math.max(1, Math.round(WANTED_SIDE / width));
  const columns = maxOf(rows.map((row) => row.length));
  const sheetWidth = columns * (width * times + GAP) + GAP;
  const sheetHeight = rows.length * (height * times + GAP) + GAP;
  const sheet = Buffer.alloc(sheetWidth * sheetHeight * channels, PAPER);
  rows.forEach((row, r) => {
    row.forEach((image, c) => {
      const [top, left] = [GAP + r * (height * times + GAP), GAP + c * (width * times + GAP)];
      for (let y = 0; y < height * times; y++) {
        for (let x = 0; x < width * times; x++) {
          const from = (Math.floor(y / times) * width + Math.floor(x / times)) * channels;
          const to = ((top + y) * sheetWidth + left + x) * channels;
          for (let channel = 0; channel < channels; channel++) sheet[to + channel] = image[from + channel]!;
        }
      }
    });
  });
  const sharp = await loadSharp();
  const raw = { width: sheetWidth, height: sheetHeight, channels: channels as 1 | 3 };
  return sharp(sheet, { raw })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

/** Images of a split, one after another, each [H, W, C]. */
export async function readImages(
  split: Split,
  indices: readonly number[],
  { shape }: SheetOptions,
): Promise<Uint8Array[]> {
  const bytes = sizeOf(shape);
  const pixels = new Uint8Array(indices.length * bytes);
  await split.read(Uint32Array.from(indices), pixels);
  return indices.map((_, i) => pixels.subarray(i * bytes, (i + 1) * bytes));
}

/**
 * Images of a split, one a row: first as they are, then as the first epochs see them.
 * @param augment from prepareAugmentation
 */
export async function variations(
  split: Split,
  indices: readonly number[],
  augment: (epoch: number) => Augment,
  options: SheetOptions & { readonly epochs: number },
): Promise<Uint8Array[][]> {
  const originals = await readImages(split, indices, options);
  return originals.map((original, i) => {
    const row = [original];
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      const image = original.slice();
      augment(epoch)(indices[i]!, image);
      row.push(image);
    }
    return row;
  });
}
