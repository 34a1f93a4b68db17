import type { Pair } from '../../../../models/graph/window.js';
import type { Ref } from '../../write/writer.js';
import type { Emission } from '../contract/operator.js';
import type { Plain } from './blocked-products.js';
import { phasesApart } from './phases.js';
import { spaceToDepth } from './space-to-depth.js';

/** A convolution as a sum of convolutions of stride 1. */
export interface Unstrided {
  readonly parts: readonly Plain[];
  /** Whether the one part is the convolution as it was. */
  readonly isWhole: boolean;
  /** From the gradients of the parts' inputs and kernels to those of the whole's. */
  backToInput(dxs: readonly Ref[]): Ref;
  backToKernel(dws: readonly Ref[]): Ref;
}

/** Few channels become enough for blocks by the pixels of a cell; where there are enough, every phase is one of the sum. */
export function unstrided(e: Emission, whole: Plain, strides: Pair): Unstrided {
  if (strides.every((s) => s === 1)) {
    return { parts: [whole], isWhole: true, backToInput: ([dx]) => dx!, backToKernel: ([dw]) => dw! };
  }
  return (whole.lanes > 1 && phasesApart(e, whole, strides)) || spaceToDepth(e, whole, strides);
}
