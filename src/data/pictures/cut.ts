import type { Resize } from '../../recipe/pixels.js';
import type { Cut } from './resample.js';

/**
 * To which size a picture is brought for an input of [height, width], and what is cut out of it then, as torchvision's `Resize`
 * and `CenterCrop` do. Where the input is none of `crop` x `crop`, `shorter` changes as it does.
 */
export function cutFor(
  picture: { readonly width: number; readonly height: number },
  [height, width]: readonly [number, number],
  { shorter, crop = Math.min(height, width) }: Resize,
): Cut {
  const [least, ahead] = [Math.min(height, width), Math.max(height, width)];
  const [side, other] = [Math.round((least * shorter) / crop), Math.round((ahead * shorter) / crop)];
  const size = covering(picture, height <= width ? [side, other] : [other, side]);
  return {
    ...size,
    left: rounded((size.width - width) / 2),
    top: rounded((size.height - height) / 2),
    cropWidth: width,
    cropHeight: height,
  };
}

/** The size, proportions kept, that just covers a box of [height, width]; the side that is longer than its own is rounded down. */
function covering(
  { width, height }: { readonly width: number; readonly height: number },
  [boxHeight, boxWidth]: readonly [number, number],
): { readonly width: number; readonly height: number } {
  return width * boxHeight <= height * boxWidth
    ? { width: boxWidth, height: Math.trunc((boxWidth * height) / width) }
    : { width: Math.trunc((boxHeight * width) / height), height: boxHeight };
}

/** To whole numbers, a half to the even one, as Python does. */
function rounded(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The same in words: "its shorter side brought to 256 pixels (bilinear), the middle 224x224 cut out". */
export function resizeWords([height, width]: readonly [number, number], resize: Resize): string {
  const { width: across, height: down } = cutFor({ width, height }, [height, width], resize);
  const side = Math.min(across, down);
  return `its shorter side brought to ${side} pixels (${resize.interpolation}, antialiased), the middle ${height}x${width} cut out`;
}
