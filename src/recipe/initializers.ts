import * as z from 'zod';
import type { Random } from '../base/random.js';
import { sizeOf } from '../base/tensor.js';

/** The initializers of Keras, by Keras's names and formulas. */
export const initializerSchema = z
  .union([
    z.enum([
      'zeros',
      'ones',
      'glorotUniform',
      'glorotNormal',
      'heUniform',
      'heNormal',
      'lecunUniform',
      'lecunNormal',
    ]),
    z.strictObject({ constant: z.number().describe('All of them the same.') }),
    z.strictObject({
      normal: z
        .strictObject({
          mean: z.number().default(0).describe('Of the distribution.'),
          stddev: z.number().positive().describe('Its standard deviation.'),
        })
        .describe('From a normal distribution.'),
    }),
    z.strictObject({
      uniform: z
        .strictObject({
          min: z.number().describe('The smallest that may come.'),
          max: z.number().describe('The limit that they stay below.'),
        })
        .describe('Evenly between two limits.'),
    }),
  ])
  .describe('How the weights are drawn before training.');
/** Here because a bias is what would be drawn. */
export const useBiasSchema = z
  .boolean()
  .default(true)
  .describe('Whether a learned number is added to each output.');
export type Initializer = z.infer<typeof initializerSchema>;

/** What a weight begins with: drawn as a config says, signs (-1 and 1, equally probable), or given values in their order. */
export type WeightInitializer = Initializer | 'signs' | { readonly values: readonly number[] };

/** Values of one weight. `shape` is Keras's: conv [kh, kw, in, out], dense [in, out]. */
export function draw(
  initializer: WeightInitializer,
  shape: readonly number[],
  random: Random,
  fans: readonly [number, number] = fansOf(shape),
): Float32Array {
  if (typeof initializer === 'object' && 'values' in initializer)
    return Float32Array.from(initializer.values);
  const sample = sampler(initializer, fans, random);
  return new Float32Array(sizeOf(shape)).map(sample);
}

function sampler(
  initializer: Initializer | 'signs',
  fans: readonly [number, number],
  random: Random,
): () => number {
  if (typeof initializer === 'object') {
    if ('constant' in initializer) return () => initializer.constant;
    if ('normal' in initializer)
      return () => initializer.normal.mean + initializer.normal.stddev * random.normal();
    const { min, max } = initializer.uniform;
    return () => min + (max - min) * random.uniform();
  }
  if (initializer === 'zeros') return () => 0;
  if (initializer === 'ones') return () => 1;
  if (initializer === 'signs') return () => (random.uniform() < 0.5 ? -1 : 1);
  const variance = varianceOf(initializer, fans);
  if (initializer.endsWith('Uniform')) {
    const limit = Math.sqrt(3 * variance);
    return () => limit * (2 * random.uniform() - 1);
  }
  // Keras truncates at two standard deviations and divides by the truncated distribution's own deviation.
  const stddev = Math.sqrt(variance) / 0.87962566103423978;
  return () => {
    for (;;) {
      const value = random.normal();
      if (Math.abs(value) <= 2) return stddev * value;
    }
  };
}

/** 2 / (fanIn + fanOut) (Glorot and Bengio 2010), 2 / fanIn (He et al. 2015), 1 / fanIn (LeCun et al. 1998). */
function varianceOf(initializer: string, [fanIn, fanOut]: readonly [number, number]): number {
  if (initializer.startsWith('glorot')) return 2 / (fanIn + fanOut);
  return (initializer.startsWith('he') ? 2 : 1) / fanIn;
}

/** What a value of the next layer, and of the one before, is linked to through a kernel [..., in, out]. */
function fansOf(shape: readonly number[]): [number, number] {
  const receptive = sizeOf(shape.slice(0, -2));
  return [receptive * (shape.at(-2) ?? 1), receptive * (shape.at(-1) ?? 1)];
}
