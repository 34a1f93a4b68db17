import { extname } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { writeBytes, writeWhole } from '../../base/files/files.js';
import { loadSharp } from '../../base/machine/sharp.js';
import type { Raster } from '../../base/raster.js';
import { setting } from '../../base/text/settings.js';
import { either } from '../../base/text/words.js';
import type { Picture, TextEnding } from './picture.js';

/** A picture's file. */
export interface SavedPicture {
  readonly file: string;
  readonly format: 'png' | 'svg' | TextEnding;
  /** In pixels; null of a text. */
  readonly width: number | null;
  readonly height: number | null;
}

/**
 * Checks a file's name before any work is done for it.
 * @param texts endings that this picture has besides those of pictures
 * @throws UsageError for another ending.
 */
export function checkOut(file: string | undefined, texts: readonly TextEnding[] = []): void {
  if (file === undefined) return;
  const endings = ['png', 'svg', ...texts];
  if (!endings.includes(endingOf(file))) {
    const wanted = either(endings.map((ending) => `.${ending}`));
    throw new UsageError(`${setting('out', file)}: a name that ends in ${wanted} was expected.`);
  }
}

function endingOf(file: string): string {
  return extname(file).slice(1).toLowerCase();
}

/** Writes a picture as PNG, SVG or a text that it has, by the ending of the file's name. @throws WorkError where it cannot be written. */
export async function savePicture(picture: Picture, file: string): Promise<SavedPicture> {
  const writing = { what: 'the picture' };
  const format = endingOf(file) as TextEnding;
  const text = picture.texts?.[format];
  if (text) {
    await writeWhole(file, writing, (handle) => handle.writeFile(text()));
    return { file, format, width: null, height: null };
  }
  const svg = await picture.svg();
  const [, width, height] = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number) as [
    0,
    number,
    number,
  ];
  if (/\.svg$/i.test(file)) {
    await writeWhole(file, writing, (handle) => handle.writeFile(svg));
    return { file, format: 'svg', width, height };
  }
  const bytes = await renderPng(svg, picture.pngScale);
  await writeWhole(file, writing, (handle) => writeBytes(handle, bytes));
  return { file, format: 'png', width: width * picture.pngScale, height: height * picture.pngScale };
}

/** SVG's own resolution. */
const DENSITY = 72;

/** Draws an SVG as PNG, `scale` pixels for each of its own. */
export async function renderPng(svg: string, scale: number): Promise<Buffer> {
  const sharp = await loadSharp();
  // A picture at full size is more than the library reads of an SVG that it does not trust.
  return sharp(Buffer.from(svg), { density: DENSITY * scale, unlimited: true })
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** An image as the address of an `<image>` in an SVG. @param most pixels of its longer side; a larger one is made smaller */
export async function dataUri({ pixels, width, height }: Raster, most?: number): Promise<string> {
  const sharp = await loadSharp();
  const image = sharp(pixels, { raw: { width, height, channels: 4 } });
  const small =
    most === undefined ? image : image.resize(most, most, { fit: 'inside', withoutEnlargement: true });
  const png = await small.png({ compressionLevel: 9 }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** Whether a PNG can have words: libraries of pictures take fonts from the system, and some servers have none. */
export async function hasFonts(): Promise<boolean> {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="16" font-size="16">M</text></svg>';
  const sharp = await loadSharp();
  const { channels } = await sharp(Buffer.from(svg)).stats();
  return channels[3]!.max > 0;
}
