import { sizeOf } from '../../../../base/tensor.js';
import { convertMap, layoutOfImages, mapOfImages } from '../../write/map-layout.js';
import { NO_WEIGHTS, type Operator } from '../contract/operator.js';

/**
 * Dropout (Srivastava et al. 2014) of a map [C, H, W] or a vector [F]: multiplies by the batch's keep mask, uint8
 * [N, H, W, C] or [N, F], scaled by 1 / (1 - rate); nothing in inference. The shape stays.
 */
export const dropout: Operator<'dropout'> = {
  shape: ([x]) => x!,
  plain: (_e, _attributes, [x]) => x!,

  train({ g, batch, blocks, mask }, { mask: name, rate }, [input], [value]) {
    const x = g.reshape(input!, [sizeOf(value!.shape), batch]);
    const [channels, ...extents] = value!.shape;
    const size = { channels: channels!, places: sizeOf(extents), batch, blocks };
    const masks = mapOfImages(g, mask(name), size);
    const kept = convertMap(g, masks, size, layoutOfImages(blocks), 'innermost');
    const factors = g.scale(g.reshape(kept, x.dims), 1 / (1 - rate));
    return {
      output: g.mul(x, factors),
      backward: (dy) => ({ inputs: [g.mul(g.reshape(dy, x.dims), factors)], weights: NO_WEIGHTS }),
    };
  },

  use: (_e, _attributes, [x]) => ({
    output: x!,
    backward: (dy) => ({ inputs: [dy], weights: NO_WEIGHTS }),
  }),
};
