/** The number that the bits of an IEEE 754 binary16 stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The largest number that a binary16 holds. */
export const LARGEST_HALF = 65504;

/** The bits of the nearest binary16 of each float32; of two that are as near the one with an even last bit. Beyond the largest: infinity. */
export function toHalves(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = halfBits(bits[i]!);
  return halves;
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  // 24 bits, of which 11 stay; fewer below 2^-14, where a half has no leading bit.
  const whole = exponent === 0 ? fraction : fraction | 0x800000;
  const drop = Math.max(13, 126 - exponent);
  if (drop > 25) return sign;
  const kept = Math.floor(whole / 2 ** drop);
  const rest = whole - kept * 2 ** drop;
  const tie = 2 ** (drop - 1);
  const rounded = kept + (rest > tie || (rest === tie && kept % 2 === 1) ? 1 : 0);
  // A leading bit that rounding or a normal number sets counts one up in the exponent.
  const base = drop > 13 ? 0 : (exponent - 113) << 10;
  return sign | Math.min(0x7c00, base + rounded);
}

/** Each value as a binary16 has it. */
export const throughHalves = (values: Float32Array): Float32Array =>
  Float32Array.from(toHalves(values), halfToNumber);
