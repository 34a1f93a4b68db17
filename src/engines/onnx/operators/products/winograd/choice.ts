import type { Pair } from '../../../../../models/graph/window.js';
import type { Filtering, Formulation } from '../../../../formulation.js';
import { RATES } from './rates.js';
import { tilesOf } from './tiles.js';
import { TRANSFORMS } from './transforms.js';

/** The three products of a training step. */
export interface Products<T> {
  readonly forward: T;
  readonly inputGradient: T;
  readonly kernelGradient: T;
}

/** What the choice depends on: a convolution with maps in blocks. */
interface ConvolutionSize {
  /** Channels and filters with those that fill up the last blocks. */
  readonly channels: number;
  readonly filters: number;
  readonly map: Pair;
  readonly output: Pair;
  readonly batch: number;
}

/** Milliseconds that a product is estimated to take. */
type Estimate = Products<number>;

type Rates = typeof RATES;

const BYTES = 4;

function directEstimate({ channels, filters, output, batch }: ConvolutionSize, rates: Rates): number {
  return (2 * 9 * channels * filters * output[0] * output[1] * batch) / rates.direct;
}

function winogradEstimate(size: ConvolutionSize, form: Filtering, rates: Rates): Estimate {
  const { inputs, outputs } = TRANSFORMS[form];
  const { channels, filters, map, output, batch } = size;
  const [values, places] = [inputs ** 2, outputs ** 2];
  const count = (of: Pair) => tilesOf(of, outputs)[0] * tilesOf(of, outputs)[1] * batch;
  const moved = (numbers: number) => (2 * BYTES * numbers) / rates.moved;
  const transform = (numbers: number, rows: number, columns: number) =>
    (2 * numbers * rows * columns) / rates.transforms;
  const kernel = moved(9 * channels * filters) + transform(channels * filters, values, 9);
  const convolution = (from: number, to: number, source: Pair, tiles: number) =>
    moved(from * source[0] * source[1] * batch) +
    moved(from * tiles * values) +
    transform(from * tiles, values, values) +
    (2 * values * tiles * channels * filters) / rates.products +
    transform(to * tiles, places, values) +
    moved(to * tiles * places) +
    kernel;
  const tiles = count(output);
  return {
    forward: convolution(channels, filters, map, tiles),
    inputGradient: convolution(filters, channels, output, count(map)),
    kernelGradient:
      moved(2 * channels * map[0] * map[1] * batch) +
      moved(channels * tiles * values) +
      transform(channels * tiles, values, values) +
      moved(2 * filters * tiles * places) +
      transform(filters * tiles, values, places) +
      (2 * values * tiles * channels * filters) / rates.products +
      kernel,
  };
}

/** Milliseconds that a forward pass is estimated to take. */
export function forwardMs(size: ConvolutionSize, form: Formulation, rates: Rates = RATES): number {
  return form === 'direct' ? directEstimate(size, rates) : winogradEstimate(size, form, rates).forward;
}

/** The fastest formulation of each product by its estimate. */
export function fastest(size: ConvolutionSize, rates: Rates = RATES): Products<Formulation> {
  const direct = directEstimate(size, rates);
  const best: Record<keyof Estimate, { form: Formulation; ms: number }> = {
    forward: { form: 'direct', ms: direct },
    inputGradient: { form: 'direct', ms: direct },
    kernelGradient: { form: 'direct', ms: direct },
  };
  for (const form of Object.keys(TRANSFORMS) as Filtering[]) {
    const estimate = winogradEstimate(size, form, rates);
    for (const product of Object.keys(best) as (keyof Estimate)[])
      if (estimate[product] < best[product].ms) best[product] = { form, ms: estimate[product] };
  }
  return {
    forward: best.forward.form,
    inputGradient: best.inputGradient.form,
    kernelGradient: best.kernelGradient.form,
  };
}
