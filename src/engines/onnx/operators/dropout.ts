import { sizeOf } from '../../../tensor.js';
import type { GraphWriter, Ref } from '../writer.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/** Multiplies by the batch's mask, scaled by 1 / (1 - rate); nothing in inference. */
export const dropout: Operator<'dropout'> = {
  shape: ([x]) => x!,
  plain: (_e, _attributes, [x]) => x!,

  train({ g, batch, mask }, { mask: name, rate }, [input], [value]) {
    const x = g.reshape(input!, [sizeOf(value!.shape), batch]);
    const [channels, ...extents] = value!.shape;
    const factors = g.scale(innermostBatch(g, g.cast(mask(name)), channels!, extents, batch), 1 / (1 - rate));
    return {
      output: g.mul(x, factors),
      backward: (dy) => ({ inputs: [g.mul(g.reshape(dy, x.dims), factors)], weights: NO_WEIGHTS }),
    };
  },
};

/** [N, H, W, C] or [N, F] to [C, H, W, N] or [F, N], seen as a matrix. */
export function innermostBatch(
  g: GraphWriter,
  x: Ref,
  channels: number,
  extents: readonly number[],
  batch: number,
): Ref {
  const places = sizeOf(extents);
  const rows = g.transpose(g.reshape(x, [batch, places, channels]), [2, 1, 0]);
  return g.reshape(rows, [channels * places, batch]);
}
