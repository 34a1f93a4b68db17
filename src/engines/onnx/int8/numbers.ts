/** The smallest and the largest of some values. */
export type Range = readonly [low: number, high: number];

/** How real values are kept as unsigned bytes: real = (byte - zeroPoint) * scale. */
export interface Quantization {
  readonly scale: number;
  /** 0 to 255, so that 0 itself is kept exactly: zero padding and ReLU rest on it. */
  readonly zeroPoint: number;
}

/** Real values as whole numbers, with one scale for each of several slices: real = whole * scale. */
export interface QuantizedWeight<T> {
  readonly data: T;
  readonly scales: Float32Array;
}

const LARGEST_BYTE = 255;
const LARGEST_SIGNED_BYTE = 127;
/** Of an int32, with room for the sum of products that a bias is added to. */
const LARGEST_BIAS = 2 ** 30;

/** The bytes that reach from the low to the high end of a range, and to 0 where that lies outside. */
export function quantizationOf([low, high]: Range): Quantization {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  // The scale as a file has it, so that the zero point belongs to it.
  const scale = Math.fround((to - from) / LARGEST_BYTE);
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.round(-from / scale) };
}

/**
 * A matrix of filters as signed bytes, -127 to 127, with a scale for each filter.
 * @param data [filters, values a filter] where `axis` is 0, [values a filter, filters] where it is 1
 * @param bias of each filter, or null. Where it is large beside the filter's values, the scale grows so that the bias, which is counted in
 * steps of `inputScale` times the filter's scale, stays within an int32
 */
export function quantizedFilters(
  data: Float32Array,
  filters: number,
  axis: 0 | 1,
  bias: Float32Array | null,
  inputScale: number,
): QuantizedWeight<Int8Array> {
  // Values of one filter between those of the next: 1 where filters lie last. Loops by hand: vgg16 has 138 million values.
  const inner = axis === 0 ? data.length / filters : 1;
  const scales = new Float32Array(filters);
  for (let i = 0; i < data.length; ) {
    for (let filter = 0; filter < filters; filter++) {
      let largest = scales[filter]!;
      for (const end = i + inner; i < end; i++) largest = Math.max(largest, Math.abs(data[i]!));
      scales[filter] = largest;
    }
  }
  for (let filter = 0; filter < filters; filter++) {
    const least = Math.abs(bias?.[filter] ?? 0) / (LARGEST_BIAS * inputScale);
    scales[filter] = Math.max(scales[filter]! / LARGEST_SIGNED_BYTE, least) || 1;
  }
  const whole = new Int8Array(data.length);
  for (let i = 0; i < data.length; ) {
    for (let filter = 0; filter < filters; filter++) {
      const scale = scales[filter]!;
      for (const end = i + inner; i < end; i++) {
        const steps = Math.round(data[i]! / scale);
        whole[i] = Math.max(-LARGEST_SIGNED_BYTE, Math.min(LARGEST_SIGNED_BYTE, steps));
      }
    }
  }
  return { data: whole, scales };
}

/** A bias in the steps that the sums of products are counted in: `inputScale` times the scale of each filter. */
export function quantizedBias(
  bias: Float32Array,
  filterScales: Float32Array,
  inputScale: number,
): QuantizedWeight<Int32Array> {
  const scales = filterScales.map((scale) => inputScale * scale);
  return { data: Int32Array.from(bias, (value, filter) => Math.round(value / scales[filter]!)), scales };
}
