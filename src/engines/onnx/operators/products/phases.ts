import { sizeOf } from '../../../../base/tensor.js';
import type { Pair } from '../../../../models/graph/window.js';
import type { Emission } from '../contract/operator.js';
import { inverse, pickOrZero } from '../contract/windows.js';
import type { BlockedConvolution, Unstrided } from './blocked/blocked-convolution.js';

/**
 * A convolution with stride s as a sum of s x s convolutions of stride 1, each of every s-th tap with the pixels that it
 * meets: no product with a zero. (The three products of 64 channels to 128 at 56x56, 3x3, stride 2, with 16 images: 16 ms,
 * and 27 with the phases as channels, whose 2x2 taps are 16 for 9.)
 * @param phases see `phasesOf`
 */
export function phasesApart(
  e: Emission,
  whole: BlockedConvolution,
  phases: readonly PhaseOfMap[],
): Unstrided {
  const { map, size, channelBlocks, filterBlocks, lanes } = whole;
  const { g, batch, blocks } = e;
  const inner = blocks.images * lanes;
  const rows = (batch / blocks.images) * channelBlocks;
  const tapRows = filterBlocks * channelBlocks;
  const tile = lanes * blocks.channels;
  const x = g.reshape(whole.x, [rows, sizeOf(map), inner]);
  const kernel = g.reshape(whole.kernel, [tapRows, sizeOf(size), tile]);
  const pixels = phases.map((phase) => crossed(phase.y.places, phase.x.places, map[1]));
  const taps = phases.map((phase) => crossed(phase.y.taps, phase.x.taps, size[1]));
  const terms = phases.map(
    ({ y, x: along }, i): BlockedConvolution => ({
      ...whole,
      x: g.gather(x, pixels[i]!, 1),
      kernel: g.gather(kernel, taps[i]!, 1),
      map: [y.places.length, along.places.length],
      size: [y.taps.length, along.taps.length],
      pads: [y.before, along.before, y.after, along.after],
    }),
  );
  return {
    terms,
    isWhole: false,
    backToInput: (dxs) =>
      pickOrZero(
        g,
        dxs.map((dx, i) => g.reshape(dx, [rows, pixels[i]!.length, inner])),
        inverse(pixels.flat(), sizeOf(map)),
      ),
    backToKernel: (dws) =>
      pickOrZero(
        g,
        dws.map((dw, i) => g.reshape(dw, [tapRows, taps[i]!.length, tile])),
        inverse(taps.flat(), sizeOf(size)),
      ),
  };
}

/** One of the s x s phases: along the height and along the width. */
interface PhaseOfMap {
  readonly y: Phase;
  readonly x: Phase;
}

/** The phases of a convolution with these strides; null where one has taps that meet nothing but padding. */
export function phasesOf(
  { map, size, pads, output }: Pick<BlockedConvolution, 'map' | 'size' | 'pads' | 'output'>,
  strides: Pair,
): PhaseOfMap[] | null {
  const [down, across] = ([0, 1] as const).map((axis) =>
    phasesAlong({
      extent: map[axis],
      taps: size[axis],
      output: output[axis],
      padding: pads[axis],
      stride: strides[axis],
    }),
  );
  const phases = down!.flatMap((y) => across!.map((x) => ({ y, x })));
  return phases.some(({ y, x }) => isLoose(y) || isLoose(x)) ? null : phases;
}

/** One of the stride's phases along one axis: every s-th tap, and the pixels under it. */
interface Phase {
  readonly taps: readonly number[];
  readonly places: readonly number[];
  /** Of these windows over these pixels alone. */
  readonly before: number;
  readonly after: number;
}

function phasesAlong({
  extent,
  taps,
  output,
  padding,
  stride,
}: {
  readonly extent: number;
  readonly taps: number;
  readonly output: number;
  readonly padding: number;
  readonly stride: number;
}): Phase[] {
  return Array.from({ length: Math.min(stride, taps) }, (_, first) => {
    const own = every(stride, first, taps);
    const met = Array.from({ length: output + own.length - 1 }, (_, i) => i * stride + first - padding);
    const before = met.filter((place) => place < 0).length;
    const places = met.filter((place) => place >= 0 && place < extent);
    return { taps: own, places, before, after: met.length - before - places.length };
  });
}

const every = (step: number, first: number, end: number): number[] =>
  Array.from({ length: Math.ceil((end - first) / step) }, (_, i) => first + i * step);

/** Whether there are windows that meet none of its pixels. */
const isLoose = ({ taps, places, before, after }: Phase): boolean =>
  places.length === 0 || Math.max(before, after) >= taps.length;

/** Rows and columns to places of a map so many columns wide. */
const crossed = (rows: readonly number[], columns: readonly number[], width: number): number[] =>
  rows.flatMap((y) => columns.map((x) => y * width + x));
