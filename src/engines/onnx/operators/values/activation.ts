import { sizeOf } from '../../../../base/tensor.js';
import type { Value } from '../../../../models/lowering/onnx.js';
import type { Activation } from '../../../../recipe/activations.js';
import { SCALED_TANH } from '../../../../recipe/scaled-tanh.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import {
  type Emission,
  type Emitted,
  NO_WEIGHTS,
  type Operator,
  sameInBlocks,
} from '../contract/operator.js';

/** An activation's value, and its gradient in terms of its own output y: tensors of one shape. */
interface Rule {
  /** `axis` is that of the channels. */
  forward(g: GraphWriter, x: Ref, axis: number): Ref;
  backward(g: GraphWriter, dy: Ref, y: Ref): Ref;
}

const softmax: Rule = {
  forward(g, x, axis) {
    const powers = g.unary('Exp', g.sub(x, g.max(x, [axis])));
    return g.div(powers, g.sum(powers, [axis], true));
  },
  backward: (g, dy, y) => g.mul(y, g.sub(dy, g.sum(g.mul(dy, y), [0], true))),
};

export const ACTIVATIONS: Record<Exclude<Activation, 'linear'>, Rule> = {
  relu: {
    forward: (g, x) => g.unary('Relu', x),
    backward: (g, dy, y) => g.mul(dy, g.positive(y)),
  },
  tanh: {
    forward: (g, x) => g.unary('Tanh', x),
    backward: (g, dy, y) => g.mul(dy, g.sub(g.constant(1), g.mul(y, y))),
  },
  scaledTanh: {
    forward: (g, x) => g.scale(g.unary('Tanh', g.scale(x, SCALED_TANH.slope)), SCALED_TANH.amplitude),
    backward(g, dy, y) {
      const { amplitude, slope } = SCALED_TANH;
      // slope * amplitude * (1 - tanh^2) with tanh = y / amplitude
      const fall = g.scale(g.mul(y, y), slope / amplitude);
      return g.mul(dy, g.sub(g.constant(slope * amplitude), fall));
    },
  },
  sigmoid: {
    forward: (g, x) => g.unary('Sigmoid', x),
    backward: (g, dy, y) => g.mul(dy, g.mul(y, g.sub(g.constant(1), y))),
  },
  softmax,
  negative: {
    forward: (g, x) => g.unary('Neg', x),
    backward: (g, dy) => g.unary('Neg', dy),
  },
  softmin: {
    forward: (g, x, axis) => softmax.forward(g, g.unary('Neg', x), axis),
    backward: (g, dy, y) => g.unary('Neg', softmax.backward(g, dy, y)),
  },
};

/**
 * A function of each value of a map [C, H, W] or a vector [F]; softmax and softmin over the channels. The shape stays.
 * In blocks those that keep the zeros that fill a block up.
 */
export const activation: Operator<'activation'> = {
  shape: ([x]) => x!,

  plain({ g, provider }, { activation: name }, [x]) {
    if (name === 'linear') return x!;
    const isTanh = name === 'tanh' || name === 'scaledTanh';
    const given = provider === 'webgpu' && isTanh && x!.dims.length === 4 ? keptFromConv(g, x!) : x!;
    return ACTIVATIONS[name].forward(g, given, 1);
  },

  train: activate,
  // The others would not keep the zeros that fill up a block.
  blocked: sameInBlocks(activate, (_inputs, { activation: name }) =>
    ['relu', 'tanh', 'scaledTanh'].includes(name),
  ),
};

/** Where tanh(x) and tanh(2x/3) are 1 in single precision. */
const SATURATED = 20;

/**
 * ONNX Runtime makes a convolution and the tanh after it one node, which the WebGPU provider (1.30) computes by a tanh that
 * is NaN beyond 88. A limit in between becomes part of the convolution instead, and the provider's own Tanh is right.
 */
function keptFromConv(g: GraphWriter, x: Ref): Ref {
  return g.op('Clip', [x, g.constant(-SATURATED), g.constant(SATURATED)], x.dims);
}

function activate(
  { g, view }: Emission,
  { activation: name }: { readonly activation: Activation },
  [input]: readonly Ref[],
  [value]: readonly Value[],
): Emitted {
  if (name === 'linear') return { output: input!, backward: (dy) => ({ inputs: [dy], weights: NO_WEIGHTS }) };
  const [channels, ...extents] = value!.shape;
  const x = g.reshape(input!, [view.rows(channels!), sizeOf(extents) * view.inner]);
  const y = ACTIVATIONS[name].forward(g, x, 0);
  return {
    output: y,
    backward: (dy) => ({
      inputs: [ACTIVATIONS[name].backward(g, g.reshape(dy, y.dims), y)],
      weights: NO_WEIGHTS,
    }),
  };
}
