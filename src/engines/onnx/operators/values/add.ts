import { sizeOf } from '../../../../base/tensor.js';
import type { Value } from '../../../../models/lowering/onnx.js';
import type { Ref } from '../../write/ref.js';
import {
  type Emission,
  type Emitted,
  NO_WEIGHTS,
  type Operator,
  sameInBlocks,
} from '../contract/operator.js';

/** The sum of two or more values of one shape, [C, H, W] or [F]. In blocks where an input already is. */
export const add: Operator<'add'> = {
  shape: ([x]) => ({ shape: x!.shape }),
  plain: ({ g }, _attributes, inputs) => inputs.reduce((sum, x) => g.add(sum, x)),

  train: sum,
  blocked: sameInBlocks(sum),
};

function sum(
  { g, view }: Emission,
  _attributes: object,
  inputs: readonly Ref[],
  [value]: readonly Value[],
): Emitted {
  const [channels, ...places] = value!.shape;
  const dims = [view.rows(channels!), sizeOf(places) * view.inner];
  return {
    output: inputs.map((x) => g.reshape(x, dims)).reduce((total, x) => g.add(total, x)),
    backward: (dy) => ({ inputs: inputs.map(() => dy), weights: NO_WEIGHTS }),
  };
}
