import type { Pair } from '../../../../models/graph/window.js';
import type { Emission } from '../contract/operator.js';
import type { BlockedConvolution, Unstrided } from './blocked-convolution.js';
import { phasesApart } from './phases.js';
import { spaceToDepth } from './space-to-depth.js';

/** Few channels become enough for blocks by the pixels of a cell; where there are enough, every phase is one of the sum. */
export function unstrided(e: Emission, whole: BlockedConvolution, strides: Pair): Unstrided {
  if (strides.every((s) => s === 1)) {
    return { terms: [whole], isWhole: true, backToInput: ([dx]) => dx!, backToKernel: ([dw]) => dw! };
  }
  return (whole.lanes > 1 && phasesApart(e, whole, strides)) || spaceToDepth(e, whole, strides);
}
