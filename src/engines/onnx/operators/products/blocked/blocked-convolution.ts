import type { Pair, WindowGeometry } from '../../../../../models/graph/window.js';
import type { Ref } from '../../../write/ref.js';

/** A convolution with maps in blocks. Extents: n groups of b images, c blocks of k channels, B of the filters. */
export interface BlockedConvolution {
  /** [n, c, H, W, b, k] */
  readonly x: Ref;
  /** [O/B, c, kh, kw, k, B] */
  readonly kernel: Ref;
  /** k: B, or 1 where the channels are too few for a block. */
  readonly lanes: number;
  /** c */
  readonly channelBlocks: number;
  /** O/B */
  readonly filterBlocks: number;
  /** [H, W] */
  readonly map: Pair;
  readonly size: Pair;
  readonly pads: WindowGeometry['pads'];
  readonly output: Pair;
}

/** A convolution as a sum of convolutions of stride 1. */
export interface Unstrided {
  readonly terms: readonly BlockedConvolution[];
  /** Whether the one term is the convolution as it was. */
  readonly isWhole: boolean;
  /** From the gradients of the terms' inputs, [n, c, H, W, b, k] each, to that of the whole's. */
  backToInput(dxs: readonly Ref[]): Ref;
  /** The same of their kernels, [O/B, c, kh, kw, k, B] each. */
  backToKernel(dws: readonly Ref[]): Ref;
}
