import { cutFor } from '../../../data/pictures/cut.js';
import { greyOf } from '../../../data/pictures/grey.js';
import { resampled } from '../../../data/pictures/resample.js';
import type { Resize } from '../../../recipe/pixels.js';

type Shape = readonly [number, number, number];

/** A picture as a browser gives it, red, green, blue and alpha. */
type Picture = Pick<ImageData, 'data' | 'width' | 'height'>;

/**
 * A picture as the network's input, [H, W, C] bytes: what is transparent shows white; brought to size as in training, or where
 * the config has no rule of its own scaled to cover with Lanczos 3, the centre kept.
 */
export function pictureBytes(picture: Picture, shape: Shape, resize: Resize | null): Uint8Array {
  const [height, width, channels] = shape;
  const rgb = { ...picture, channels: 3, data: onWhite(picture.data) };
  const own = picture.width === width && picture.height === height;
  const rule: Resize = resize ?? { shorter: Math.min(height, width), interpolation: 'lanczos3' };
  const data =
    own && resize === null
      ? rgb.data
      : resampled(rgb, cutFor(picture, [height, width], rule), rule.interpolation);
  return channels === 1 ? greyOf(data) : data;
}

function onWhite(rgba: Uint8ClampedArray): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0; i < out.length / 3; i++) {
    const alpha = rgba[i * 4 + 3]! / 255;
    for (let c = 0; c < 3; c++) out[i * 3 + c] = Math.round(rgba[i * 4 + c]! * alpha + 255 * (1 - alpha));
  }
  return out;
}

/** Of MNIST's 28 pixels, those of the box that a digit fills. */
const BOX = 20 / 28;

/**
 * What was drawn, prepared as MNIST's digits were (LeCun, Cortes and Burges, "The MNIST database"): its bounding box brought
 * into a box of 20 x 20 pixels with its proportions, and its centre of mass put into the middle of 28 x 28.
 * @param ink [height, width] bytes, 0 where nothing is
 * @returns [H, W] bytes of ink
 */
export function centred(
  ink: { readonly data: Uint8Array; readonly width: number; readonly height: number },
  [height, width]: readonly [number, number],
): Uint8Array {
  const out = new Uint8Array(height * width);
  const box = boundsOf(ink);
  if (box === null) return out;
  const part = cropped(ink, box);
  const side = Math.round(Math.min(height, width) * BOX);
  const longer = Math.max(part.width, part.height);
  const size = {
    width: Math.max(1, Math.round((part.width / longer) * side)),
    height: Math.max(1, Math.round((part.height / longer) * side)),
  };
  const cut = { ...size, left: 0, top: 0, cropWidth: size.width, cropHeight: size.height };
  const small = resampled({ ...part, channels: 1 }, cut, 'bilinear');
  const [x, y] = centreOfMass(small, size.width);
  const left = Math.round(width / 2 - x);
  const top = Math.round(height / 2 - y);
  small.forEach((value, i) => {
    const column = left + (i % size.width);
    const row = top + Math.floor(i / size.width);
    if (column >= 0 && column < width && row >= 0 && row < height) out[row * width + column] = value;
  });
  return out;
}

interface Ink {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where there is ink, ends included; null where there is none. */
function boundsOf({ data, width }: Ink): Bounds | null {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1, -1];
  data.forEach((value, i) => {
    if (value < 16) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  return right < 0 ? null : { left, top, right, bottom };
}

function cropped({ data, width }: Ink, { left, top, right, bottom }: Bounds): Ink {
  const [w, h] = [right - left + 1, bottom - top + 1];
  const out = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) {
    const from = (top + row) * width + left;
    out.set(data.subarray(from, from + w), row * w);
  }
  return { data: out, width: w, height: h };
}

/** [x, y], where the middle of the first pixel is at 0.5. */
function centreOfMass(data: Uint8Array, width: number): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  data.forEach((value, i) => {
    sum += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  return sum === 0 ? [0, 0] : [x / sum, y / sum];
}

/** Brought to size as it was drawn, not centred. */
export function scaledInk(ink: Ink, [height, width]: readonly [number, number]): Uint8Array {
  const rule: Resize = { shorter: Math.min(height, width), interpolation: 'bilinear' };
  return resampled({ ...ink, channels: 1 }, cutFor(ink, [height, width], rule), 'bilinear');
}
