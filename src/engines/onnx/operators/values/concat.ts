import { sizeOf } from '../../../../base/tensor.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import { type Emitted, NO_WEIGHTS, type Operator } from '../contract/operator.js';

/**
 * Maps [C_i, H, W] of one height and width, or vectors [F_i], joined along the channels: [sum of C_i, H, W] or [sum of F_i].
 * In blocks where every input fills whole ones.
 */
export const concat: Operator<'concat'> = {
  shape: (inputs) => ({
    shape: [inputs.reduce((sum, { shape }) => sum + shape[0]!, 0), ...inputs[0]!.shape.slice(1)],
  }),

  plain: ({ g }, _attributes, inputs) => g.concat(inputs, 1),

  train: ({ g, batch }, _attributes, inputs, values) =>
    join(
      g,
      1,
      inputs,
      values.map(({ shape }) => [shape[0]!, sizeOf(shape.slice(1)) * batch]),
    ),

  blocked: {
    // Whole blocks only: others would leave zeros between the channels.
    suits: (values, _attributes, blocks) => values.every(({ shape }) => shape[0]! % blocks.channels === 0),
    follows: true,
    train({ g, batch, blocks, view }, _attributes, inputs, values) {
      const groups = batch / blocks.images;
      const sizes = values.map(
        ({ shape }) => [view.rows(shape[0]!) / groups, sizeOf(shape.slice(1)) * view.inner] as const,
      );
      return join(g, groups, inputs, sizes);
    },
  },
};

/** Joins values [groups, rows, inner] along their rows. */
function join(
  g: GraphWriter,
  groups: number,
  inputs: readonly Ref[],
  sizes: readonly (readonly [rows: number, inner: number])[],
): Emitted {
  const dims = sizes.map(([rows, inner]) => [groups, rows, inner]);
  const output = g.concat(
    inputs.map((x, i) => g.reshape(x, dims[i]!)),
    1,
  );
  return {
    output,
    backward(dy) {
      const rows = g.indices(sizes.map(([extent]) => extent));
      const pieces = g.multi('Split', [g.reshape(dy, output.dims), rows], dims, { axis: 1 });
      return { inputs: pieces, weights: NO_WEIGHTS };
    },
  };
}
