import { opaqueRaster, resized, tiled } from '../../base/raster.js';
import { type PictureStyle, pictureLines, pixelsPerCharacter } from '../../terminal/terminal-picture.js';
import { textWidth, truncate } from '../../terminal/text.js';

/** An image, [H, W, C] bytes, and what stands above it. */
export interface Captioned {
  readonly image: Uint8Array;
  readonly caption: string;
}

type Shape = readonly [number, number, number];

/** Columns between two images. */
const GAP = 2;
/** At most so many columns an image: enough for a picture that can be recognised, and several fit side by side into 80. */
const MOST_COLUMNS = 18;

/** Columns of text that one image takes. */
function imageColumns(style: PictureStyle, [, width]: Shape): number {
  const [across] = pixelsPerCharacter(style);
  return Math.min(MOST_COLUMNS, Math.ceil(width / across));
}

/** How many images stand side by side in so many columns. */
export function fittingColumns(width: number, style: PictureStyle, shape: Shape): number {
  return Math.max(1, Math.floor((width + GAP) / (imageColumns(style, shape) + GAP)));
}

/** Rows of images with their captions, as lines of text. */
export function sheetText(
  rows: readonly (readonly Captioned[])[],
  shape: Shape,
  style: PictureStyle,
): string[] {
  const [height, width] = shape;
  const columns = imageColumns(style, shape);
  const [across] = pixelsPerCharacter(style);
  const wide = columns * across;
  const high = Math.max(1, Math.round((wide * height) / width));
  return rows.flatMap((row) => {
    const tiles = row.map(({ image }) => resized(opaqueRaster(image, width, height), wide, high));
    const captions = row.map(({ caption }) => {
      const short = truncate(caption, columns, style.unicode ? '…' : '.');
      return short + ' '.repeat(columns + GAP - textWidth(short));
    });
    const sheet = tiled(tiles, row.length, GAP * across, 0);
    return [captions.join('').trimEnd(), ...pictureLines(sheet, style), ''];
  });
}
