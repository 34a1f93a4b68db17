/** Where an image comes to lie: it is mirrored, then scaled and turned about its middle, then moved. */
export interface Placement {
  /** Whole pixels. */
  readonly right: number;
  readonly down: number;
  /** Left and right changed. */
  readonly mirrored: boolean;
  /** In radians, clockwise. */
  readonly angle: number;
  /** Above 1 enlarges. */
  readonly scale: number;
}

type Shape = readonly [number, number, number];

/**
 * Draws an image, [H, W, C], into another of the same shape as a placement says. Pixels that it leaves uncovered
 * repeat its edge. Where it is turned or scaled, pixels are interpolated bilinearly; else they are copied.
 */
export function resample(image: Uint8Array, out: Uint8Array, shape: Shape, placement: Placement): void {
  if (placement.angle === 0 && placement.scale === 1) move(image, out, shape, placement);
  else transform(image, out, shape, placement);
}

function move(
  image: Uint8Array,
  out: Uint8Array,
  [height, width, channels]: Shape,
  placement: Placement,
): void {
  const { right, down, mirrored } = placement;
  const columns = new Int32Array(width);
  for (let x = 0; x < width; x++) {
    const from = clamp(x - right, width - 1);
    columns[x] = channels * (mirrored ? width - 1 - from : from);
  }
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = clamp(y - down, height - 1) * width * channels;
    for (let x = 0; x < width; x++) {
      const from = row + columns[x]!;
      for (let channel = 0; channel < channels; channel++) out[at++] = image[from + channel]!;
    }
  }
}

/** Goes over the pixels of `out` and asks where each came from. */
function transform(image: Uint8Array, out: Uint8Array, shape: Shape, placement: Placement): void {
  const [height, width, channels] = shape;
  const { right, down, mirrored, angle, scale } = placement;
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  let at = 0;
  for (let row = 0; row < height; row++) {
    const y = row - middleY - down;
    for (let column = 0; column < width; column++) {
      const x = column - middleX - right;
      const turned = cos * x + sin * y;
      const fromX = Math.min(width - 1, Math.max(0, middleX + (mirrored ? -turned : turned)));
      const fromY = Math.min(height - 1, Math.max(0, middleY + cos * y - sin * x));
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [shareX, shareY] = [fromX - left, fromY - top];
      const a = (top * width + left) * channels;
      const b = left + 1 < width ? a + channels : a;
      const below = top + 1 < height ? width * channels : 0;
      for (let channel = 0; channel < channels; channel++) {
        const upper = image[a + channel]! * (1 - shareX) + image[b + channel]! * shareX;
        const lower = image[a + below + channel]! * (1 - shareX) + image[b + below + channel]! * shareX;
        out[at++] = upper + (lower - upper) * shareY + 0.5;
      }
    }
  }
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}
