/**
 * The grey of colours, [pixels, 3] bytes of sRGB, as [pixels] bytes: the luma of ITU-R BT.601 on the values as they are
 * encoded, 0.299 R + 0.587 G + 0.114 B, in the 16-bit fixed point and with the rounding of Pillow's `convert('L')`, to
 * which it is equal bit for bit. Where red, green and blue are equal, so is the grey.
 */
export function greyOf(colours: Uint8Array): Uint8Array {
  const grey = new Uint8Array(colours.length / 3);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] = (colours[at]! * 19595 + colours[at + 1]! * 38470 + colours[at + 2]! * 7471 + 0x8000) >> 16;
  return grey;
}
