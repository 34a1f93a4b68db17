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
