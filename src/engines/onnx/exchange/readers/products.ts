import { sizeOf } from '../../../../base/tensor.js';
import type { View } from '../view/graph.js';
import { MisfitError } from '../view/misfit.js';
import type { NodeReader, Reader } from '../view/node-reader.js';
import type { Constant } from '../view/tensors.js';
import { viewOf } from '../view/views.js';

export const gemm: Reader = (n) => {
  const [x, kernel] = [n.view(0), n.constant(1)];
  if (!x || kernel?.dims.length !== 2) return null;
  const bias = n.constant(2);
  const scales = { alpha: n.float('alpha', 1), beta: n.operands[2] ? n.float('beta', 1) : 1 };
  if (n.int('transA', 0) !== 0) {
    throw new MisfitError(n.path, `${n.title} transposes its input, which no layer here does`);
  }
  const isTurned = n.int('transB', 0) !== 0;
  const units = kernel.dims[isTurned ? 0 : 1]!;
  const fits = bias && sizeOf(bias.dims) === units;
  const product = dense(n, x, kernel, isTurned, fits ? bias : undefined, scales);
  const added = n.view(2);
  if (fits || !added) return product;
  const settings = { groups: [product.groups, added.groups] };
  const sum = { kind: 'Add', settings, inputs: [product, added], constants: [], shape: product.dims };
  return viewOf(n.make(sum));
};

/** Of vectors; a bias is added by what comes next. */
export const matMul: Reader = (n) => {
  const [x, kernel] = [n.view(0), n.constant(1)];
  if (x?.dims?.length !== 2 || kernel?.dims.length !== 2) return null;
  return dense(n, x, kernel, false, undefined, { alpha: 1, beta: 1 });
};

function dense(
  n: NodeReader,
  x: View,
  kernel: Constant,
  isTurned: boolean,
  bias: Constant | undefined,
  settings: { readonly alpha: number; readonly beta: number },
): View {
  const step = n.make({
    kind: 'dense',
    settings: { ...settings },
    inputs: [x],
    constants: bias ? [kernel, bias] : [kernel],
    shape: [x.dims?.[0] ?? 1, kernel.dims[isTurned ? 0 : 1]!],
    isTurned,
  });
  return viewOf(step);
}

/** A convolution or product with a constant that is added to it as its bias; null where it cannot have that. */
export function withBias(
  n: NodeReader,
  x: View,
  bias: Constant,
  over: readonly (readonly number[])[],
): View | null {
  const { step } = x;
  const takes = (step.kind === 'conv' || step.kind === 'dense') && step.constants.length === 1;
  const isAChannel = over.length === 1 && over[0]!.join() === '1';
  const isOne = step.shape?.[1] === 1 && sizeOf(bias.dims) === 1;
  if (!takes || step.inputs.length !== 1 || !(isAChannel || isOne)) return null;
  const { kind, settings, inputs, constants, shape, isTurned } = step;
  return { ...x, step: n.make({ kind, settings, inputs, constants: [...constants, bias], shape, isTurned }) };
}
