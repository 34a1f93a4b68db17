import type { Pair } from '../../../../models/graph/window.js';
import type { Emission } from '../contract/operator.js';
import type { BlockedConvolution, Unstrided } from './blocked/blocked-convolution.js';
import { phasesApart, phasesOf } from './phases.js';
import { spaceToDepth } from './space-to-depth.js';

/** The way of `unstrided`. */
type Way = 'whole' | 'by phases' | 'by cells';

/** What its choice depends on. */
type Strided = Pick<BlockedConvolution, 'lanes' | 'map' | 'size' | 'pads' | 'output'>;

export function wayOfStrides(strided: Strided, strides: Pair): Way {
  if (strides.every((s) => s === 1)) return 'whole';
  return strided.lanes > 1 && phasesOf(strided, strides) ? 'by phases' : 'by cells';
}

/** Few channels become enough for blocks by the pixels of a cell; where there are enough, every phase is one of the sum. */
export function unstrided(e: Emission, whole: BlockedConvolution, strides: Pair): Unstrided {
  switch (wayOfStrides(whole, strides)) {
    case 'whole':
      return { terms: [whole], isWhole: true, backToInput: ([dx]) => dx!, backToKernel: ([dw]) => dw! };
    case 'by phases':
      return phasesApart(e, whole, phasesOf(whole, strides)!);
    case 'by cells':
      return spaceToDepth(e, whole, strides);
  }
}
