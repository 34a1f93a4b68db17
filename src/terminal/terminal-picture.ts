import { Chalk } from 'chalk';
import type { Raster } from '../base/raster.js';
import { brailleCharacter } from './braille.js';
import type { ColorLevel } from './color.js';

/** What a terminal can show. */
export interface PictureStyle {
  readonly level: ColorLevel;
  readonly unicode: boolean;
  /** Whether it writes dark on a light ground; the other way round where that is not said. */
  readonly onLight?: boolean;
}

/** Pixels in a character, [across, down]: two in colour, a braille character's eight without, else one of a few shades. */
export function pixelsPerCharacter(style: PictureStyle): readonly [number, number] {
  return usesColour(style) || !style.unicode ? [1, 2] : [2, 4];
}

/** An image in characters, a text a row. Without colour its light parts are drawn on a dark ground, its dark ones on a light. */
export function pictureLines(raster: Raster, style: PictureStyle): string[] {
  if (usesColour(style)) return halfBlocks(raster, style.level);
  const drawn = style.onLight === true ? negative(raster) : raster;
  return style.unicode ? dots(drawn) : shades(drawn);
}

/** Sixteen colours hold no picture. */
function usesColour({ level, unicode }: PictureStyle): boolean {
  return unicode && level >= 2;
}

type Colour = readonly [number, number, number];

/** The upper half of a character is its ink, the lower its ground. */
function halfBlocks(raster: Raster, level: ColorLevel): string[] {
  const chalk = new Chalk({ level });
  return Array.from({ length: Math.ceil(raster.height / 2) }, (_, row) => {
    let line = '';
    let run = '';
    let [top, bottom]: (Colour | null)[] = [null, null];
    const flush = (): void => {
      if (run === '') return;
      if (top && bottom) line += chalk.rgb(...top).bgRgb(...bottom)('▀'.repeat(run.length));
      else if (top) line += chalk.rgb(...top)('▀'.repeat(run.length));
      else if (bottom) line += chalk.rgb(...bottom)('▄'.repeat(run.length));
      else line += run;
      run = '';
    };
    for (let x = 0; x < raster.width; x++) {
      const next = [colourAt(raster, 2 * row, x), colourAt(raster, 2 * row + 1, x)] as const;
      if (next[0]?.join() !== top?.join() || next[1]?.join() !== bottom?.join()) flush();
      [top, bottom] = next;
      run += ' ';
    }
    flush();
    return line.trimEnd();
  });
}

function colourAt({ width, height, pixels }: Raster, y: number, x: number): Colour | null {
  const at = 4 * (y * width + x);
  if (y >= height || pixels[at + 3]! < 128) return null;
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
}

function dots(raster: Raster): string[] {
  const light = dithered(raster);
  const isLight = (y: number, x: number) =>
    y < raster.height && x < raster.width && light[y * raster.width + x] === 1;
  return Array.from({ length: Math.ceil(raster.height / 4) }, (_, row) => {
    let line = '';
    for (let x = 0; x < raster.width; x += 2) {
      line += brailleCharacter((down, across) => isLight(4 * row + down, x + across));
    }
    return line.trimEnd();
  });
}

/** Which pixels are drawn, so that many together are as light as the image (Floyd and Steinberg 1976). */
function dithered(raster: Raster): Uint8Array {
  const { width, height, pixels } = raster;
  const errors = new Float32Array(width * height);
  const drawn = new Uint8Array(width * height);
  const spread = (y: number, x: number, error: number): void => {
    if (y < height && x >= 0 && x < width) errors[y * width + x]! += error;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (pixels[4 * i + 3]! < 128) continue;
      const wanted = lightness(pixels, i) + errors[i]!;
      drawn[i] = wanted >= 0.5 ? 1 : 0;
      const error = wanted - drawn[i]!;
      spread(y, x + 1, (error * 7) / 16);
      spread(y + 1, x - 1, (error * 3) / 16);
      spread(y + 1, x, (error * 5) / 16);
      spread(y + 1, x + 1, error / 16);
    }
  }
  return drawn;
}

function negative({ width, height, pixels }: Raster): Raster {
  return { width, height, pixels: pixels.map((value, i) => (i % 4 === 3 ? value : 255 - value)) };
}

const SHADES = ' .:-=+*#%@';

function shades(raster: Raster): string[] {
  const { width, height, pixels } = raster;
  return Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    let line = '';
    for (let x = 0; x < width; x++) {
      const places = [2 * row, 2 * row + 1].filter((y) => y < height).map((y) => y * width + x);
      const light = places.reduce((sum, i) => sum + lightness(pixels, i), 0) / places.length;
      line += SHADES[Math.min(SHADES.length - 1, Math.floor(light * SHADES.length))]!;
    }
    return line.trimEnd();
  });
}

/** Of a pixel over black, 0 to 1 (the luma of ITU-R BT.601). */
function lightness(pixels: Uint8Array, i: number): number {
  const [r, g, b, a] = pixels.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
  return ((0.299 * r + 0.587 * g + 0.114 * b) * a) / (255 * 255);
}
