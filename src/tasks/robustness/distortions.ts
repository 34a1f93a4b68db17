import { randomStream } from '../../base/random.js';
import { resample } from '../../data/batches/resample.js';

type Shape = readonly [number, number, number];

/**
 * Changes an image, [H, W, C] bytes, where it lies.
 * @param index the image's number: it alone decides about direction and noise, so that the same images always change alike
 */
export type Distortion = (image: Uint8Array, shape: Shape, amount: number, index: number) => void;

const AS_IT_IS = { right: 0, down: 0, mirrored: false, angle: 0, scale: 1 } as const;

/** By so many pixels: each fourth image to the right, down, to the left, up. What comes in at an edge repeats it. */
export const shifted: Distortion = (image, shape, amount, index) => {
  const [right, down] = [
    [amount, 0],
    [0, amount],
    [-amount, 0],
    [0, -amount],
  ][index % 4] as [number, number];
  resample(new Uint8Array(image), image, shape, { ...AS_IT_IS, right, down });
};

/** By so many degrees about its middle: every second image clockwise, the others against it. */
export const rotated: Distortion = (image, shape, amount, index) => {
  const angle = ((index % 2 === 0 ? amount : -amount) * Math.PI) / 180;
  resample(new Uint8Array(image), image, shape, { ...AS_IT_IS, angle });
};

/** About its middle: above 1 enlarges. */
export const zoomed: Distortion = (image, shape, amount) => {
  resample(new Uint8Array(image), image, shape, { ...AS_IT_IS, scale: amount });
};

/** Normal noise on every value, with so large a standard deviation, as a share of the range from black to white. */
export const noisy: Distortion = (image, _shape, amount, index) => {
  const random = randomStream(1, 'robustness', index);
  for (let i = 0; i < image.length; i++) image[i] = toByte(image[i]! + 255 * amount * random.normal());
};

/** Contrast about the image's mean: 1 leaves it, 0 makes it one grey. */
export const contrasted: Distortion = (image, _shape, amount) => {
  const mean = image.reduce((sum, byte) => sum + byte, 0) / image.length;
  for (let i = 0; i < image.length; i++) image[i] = toByte(mean + (image[i]! - mean) * amount);
};

/** With a bell of so many pixels of standard deviation; edges go on outside. */
export const blurred: Distortion = (image, shape, amount) => {
  if (amount === 0) return;
  const bell = bellOf(amount);
  const across = along(Float32Array.from(image), shape, bell, 'columns');
  along(across, shape, bell, 'rows').forEach((value, i) => {
    image[i] = toByte(value);
  });
};

/** Weights of neighbours up to three standard deviations away, which sum to 1. */
function bellOf(sigma: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function along(
  values: Float32Array,
  [height, width, channels]: Shape,
  bell: Float32Array,
  direction: 'columns' | 'rows',
): Float32Array {
  const [step, count] = direction === 'columns' ? [channels, width] : [width * channels, height];
  const reach = (bell.length - 1) / 2;
  return values.map((_, i) => {
    const at = Math.floor(i / step) % count;
    let sum = 0;
    for (let k = -reach; k <= reach; k++) {
      const from = Math.min(count - 1, Math.max(0, at + k));
      sum += bell[k + reach]! * values[i + (from - at) * step]!;
    }
    return sum;
  });
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
