import { sizeOf } from '../../../tensor.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/** Maps of one height and width, or vectors, joined along the channels. */
export const concat: Operator<'concat'> = {
  shape: (inputs) => ({
    shape: [inputs.reduce((sum, { shape }) => sum + shape[0]!, 0), ...inputs[0]!.shape.slice(1)],
  }),

  plain: ({ g }, _attributes, inputs) => g.concat(inputs, 1),

  train({ g, batch }, _attributes, inputs, values) {
    const dims = values.map(({ shape }) => [shape[0]!, sizeOf(shape.slice(1)) * batch]);
    const output = g.concat(
      inputs.map((x, i) => g.reshape(x, dims[i]!)),
      0,
    );
    return {
      output,
      backward(dy) {
        const channels = g.indices(dims.map(([extent]) => extent!));
        const parts = g.multi('Split', [g.reshape(dy, output.dims), channels], dims, { axis: 0 });
        return { inputs: parts, weights: NO_WEIGHTS };
      },
    };
  },
};
