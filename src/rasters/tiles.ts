import { opaqueRaster, type Raster } from '../base/raster.js';

/** The smallest, the largest and the mean of some values. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

export function rangeOf(values: Float32Array): Range {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, mean: sum / values.length };
}

/**
 * Values of [height, width, channels] as an image from black, the smallest, to white, the largest: in colour with three
 * channels, else grey, of several channels their mean. Equal values are all black.
 */
export function tileOf(values: Float32Array, height: number, width: number): Raster {
  const channels = values.length / (height * width);
  const shown = channels === 1 || channels === 3 ? values : channelMeans(values, channels);
  return scaledTile(shown, height, width, rangeOf(shown));
}

/** Values as an image from black, the range's smallest, to white, its largest. */
export function scaledTile(
  values: Float32Array,
  height: number,
  width: number,
  { min, max }: Pick<Range, 'min' | 'max'>,
): Raster {
  const scale = max > min ? 255 / (max - min) : 0;
  return opaqueRaster(
    values.map((value) => Math.round((value - min) * scale)),
    width,
    height,
  );
}

function channelMeans(values: Float32Array, channels: number): Float32Array {
  return Float32Array.from({ length: values.length / channels }, (_, i) => {
    const place = values.subarray(i * channels, (i + 1) * channels);
    return place.reduce((sum, value) => sum + value, 0) / channels;
  });
}

/** Every `step`th value from `first` on. */
export function strided(values: Float32Array, first: number, step: number): Float32Array {
  return Float32Array.from({ length: Math.floor(values.length / step) }, (_, i) => values[first + i * step]!);
}
