import { emptyRaster, type Raster } from '../base/raster.js';

/** What draws the eye to the strongest values and leaves weak ones to the picture. */
const WARM = [220, 30, 30] as const;
const COLD = [30, 90, 230] as const;
/** How much of the picture shows through where values are largest. */
const THROUGH = 0.35;

/**
 * A picture in grey with values over it: red where they are above 0, blue below, the stronger the farther from it.
 * @param values [height * width] of the picture
 * @param largest the distance from 0 that has the full colour
 */
export function overlaid(picture: Raster, values: Float32Array, largest: number): Raster {
  const result = emptyRaster(picture.width, picture.height);
  values.forEach((value, i) => {
    const [red, green, blue] = picture.pixels.subarray(4 * i, 4 * i + 3) as unknown as [
      number,
      number,
      number,
    ];
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
    const share = largest > 0 ? Math.min(1, Math.abs(value) / largest) * (1 - THROUGH) : 0;
    const colour = value > 0 ? WARM : COLD;
    for (let c = 0; c < 3; c++) {
      result.pixels[4 * i + c] = Math.round(grey * (1 - share) + colour[c]! * share);
    }
    result.pixels[4 * i + 3] = 255;
  });
  return result;
}
