import { sizeOf } from '../../../tensor.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/** A flattened map in the order in which Keras has it, for operators that join vectors of different origins. */
export const reorder: Operator<'reorder'> = {
  shape: ([x]) => ({ shape: x!.shape }),

  plain({ g, batch }, _attributes, [x], [value]) {
    const [channels, places] = extents(value!.map, x!.dims[1]!);
    const turned = g.transpose(g.reshape(x!, [batch, channels, places]), [0, 2, 1]);
    return g.reshape(turned, [batch, channels * places]);
  },

  train({ g, batch }, _attributes, [x], [value]) {
    const [channels, places] = extents(value!.map, value!.shape[0]!);
    const output = g.transpose(g.reshape(x!, [channels, places, batch]), [1, 0, 2]);
    return {
      output: g.reshape(output, [channels * places, batch]),
      backward(dy) {
        const turned = g.transpose(g.reshape(dy, [places, channels, batch]), [1, 0, 2]);
        return { inputs: [g.reshape(turned, [channels * places, batch])], weights: NO_WEIGHTS };
      },
    };
  },
};

function extents(map: readonly number[] | undefined, size: number): [number, number] {
  return map ? [map[0]!, sizeOf(map.slice(1))] : [size, 1];
}
