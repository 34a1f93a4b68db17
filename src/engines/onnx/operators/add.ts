import { sizeOf } from '../../../tensor.js';
import { NO_WEIGHTS, type Operator } from './operator.js';

/** The sum of values of one shape. */
export const add: Operator<'add'> = {
  shape: ([x]) => ({ shape: x!.shape }),
  plain: ({ g }, _attributes, inputs) => inputs.reduce((sum, x) => g.add(sum, x)),

  train({ g, batch }, _attributes, inputs, [value]) {
    const dims = [sizeOf(value!.shape), batch];
    return {
      output: inputs.map((x) => g.reshape(x, dims)).reduce((sum, x) => g.add(sum, x)),
      backward: (dy) => ({ inputs: inputs.map(() => dy), weights: NO_WEIGHTS }),
    };
  },
};
