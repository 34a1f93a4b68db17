import type { Tensor } from '../../../base/tensor.js';

type Rgb = readonly [number, number, number];

/** Of values from -1 by 0 to 1: what is below 0 has one colour, what is above another, and 0 that of the ground. */
let scale: readonly Rgb[] = [];

const STEPS = 255;

/** Reads the colours of the style that counts now: light or dark. */
export function readTheme(): void {
  const style = getComputedStyle(document.documentElement);
  const [below, zero, above] = ['--below', '--zero', '--above'].map((name) =>
    rgbOf(style.getPropertyValue(name).trim()),
  ) as [Rgb, Rgb, Rgb];
  scale = Array.from({ length: 2 * STEPS + 1 }, (_, i) => {
    const part = i / STEPS - 1;
    return between(zero, part < 0 ? below : above, Math.abs(part));
  });
}

/** `#rrggbb` */
function rgbOf(text: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as unknown as Rgb;
}

function between(from: Rgb, to: Rgb, part: number): Rgb {
  return from.map((value, i) => Math.round(value + (to[i]! - value) * part)) as unknown as Rgb;
}

/** The colour of a value, where `most` is the largest by size. */
export function colourOf(value: number, most: number): Rgb {
  const part = most > 0 && Number.isFinite(value) ? Math.max(-1, Math.min(1, value / most)) : 0;
  return scale[Math.round((part + 1) * STEPS)]!;
}

/** The largest value of a tensor by its size, padding's infinite ones apart. */
export function largestSize(data: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]!);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most;
}

/** Text on a ground of this colour that can be read. */
export function inkOn([r, g, b]: Rgb): string {
  const linear = (byte: number) =>
    byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
  const light = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return light > 0.18 ? '#000000' : '#ffffff';
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;

/** Writes one channel of a map into an image, its first value at [left, top]. */
export function paintMap(
  image: ImageData,
  map: Tensor,
  channel: number,
  most: number,
  [left, top]: [number, number],
): void {
  const [height, width, channels] = map.shape as [number, number, number];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const colour = colourOf(map.data[(row * width + column) * channels + channel]!, most);
      paintPixel(image, colour, left + column, top + row);
    }
  }
}

/** Writes a picture as it is, [H, W, 1] or [H, W, 3] bytes. */
export function paintPicture(bytes: Uint8Array, [height, width, channels]: readonly number[]): ImageData {
  const image = new ImageData(width!, height!);
  for (let i = 0; i < width! * height!; i++) {
    const at = i * channels!;
    const colour = [0, 1, 2].map((c) => bytes[at + (channels === 3 ? c : 0)]!) as unknown as Rgb;
    paintPixel(image, colour, i % width!, Math.floor(i / width!));
  }
  return image;
}

export function paintPixel({ data, width }: ImageData, [r, g, b]: Rgb, x: number, y: number): void {
  const at = (y * width + x) * 4;
  data[at] = r;
  data[at + 1] = g;
  data[at + 2] = b;
  data[at + 3] = 255;
}
