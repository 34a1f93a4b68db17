import { sizeOf } from '../../../tensor.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/** A map as a vector, in the engine's own order: nothing moves, the dense kernel above is permuted instead. */
export const flatten: Operator<'flatten'> = {
  shape: ([x]) => ({
    shape: [sizeOf(x!.shape)],
    map: x!.map ?? (x!.shape.length === 3 ? x!.shape : undefined),
  }),
  plain: ({ g, batch }, _attributes, [x], [value]) => g.reshape(x!, [batch, sizeOf(value!.shape)]),
  train: (_e, _attributes, [x]) => ({
    output: x!,
    backward: (dy) => ({ inputs: [dy], weights: NO_WEIGHTS }),
  }),
};
