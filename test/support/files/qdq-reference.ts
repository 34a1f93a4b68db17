import type * as Core from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../src/base/tensor.js';
import {
  DATA_TYPES,
  decodeModel,
  type NodeFields,
  type TensorMessage,
} from '../../../src/engines/onnx/write/proto.js';
import { loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';

const { tf } = await loadPlainLibrary();

/** A tensor as the reference has it: real or whole numbers as doubles. */
export interface Values {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

type Attributes = Readonly<Record<string, number | readonly number[] | undefined>>;

/**
 * Computes an ONNX graph node by node as the specification says, QuantizeLinear and DequantizeLinear in doubles; products by
 * TensorFlow.js in JavaScript, which knows nothing of bytes.
 * @returns every tensor by its name
 */
export function runReference(
  model: Uint8Array,
  inputs: Readonly<Record<string, Values>>,
): ReadonlyMap<string, Values> {
  const { graph } = decodeModel(model);
  const values = new Map<string, Values>(Object.entries(inputs));
  for (const tensor of graph!.initializer) values.set(tensor.name!, initializerOf(tensor));
  tf.engine().startScope();
  for (const { opType, input, output, attribute } of graph!.node as readonly Required<NodeFields>[]) {
    const attributes = Object.fromEntries(
      attribute.map(({ name, i, f, ints }) => [
        name!,
        ints && ints.length > 0 ? ints.map(Number) : f !== undefined && f !== 0 ? f : Number(i ?? 0),
      ]),
    );
    const operator = OPERATORS[opType];
    if (!operator) throw new Error(`the reference has no ${opType}`);
    values.set(
      output[0]!,
      operator(
        input.map((name) => values.get(name)!),
        attributes,
      ),
    );
  }
  tf.engine().endScope();
  return values;
}

function initializerOf({ dims = [], dataType, rawData }: TensorMessage): Values {
  const { buffer } = Uint8Array.from(rawData!);
  const types: Readonly<Record<number, new (buffer: ArrayBuffer) => ArrayLike<number | bigint>>> = {
    [DATA_TYPES.float32]: Float32Array,
    [DATA_TYPES.uint8]: Uint8Array,
    [DATA_TYPES.int8]: Int8Array,
    [DATA_TYPES.int32]: Int32Array,
    [DATA_TYPES.int64]: BigInt64Array,
  };
  const list = new types[dataType!]!(buffer as ArrayBuffer);
  return { dims: dims.map(Number), data: Float64Array.from(Array.from(list, Number)) };
}

/** To the nearest whole number, halves to the even one. */
function rounded(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

const each = ({ dims, data }: Values, f: (value: number) => number): Values => ({ dims, data: data.map(f) });

const tensorOf = ({ dims, data }: Values): Core.Tensor => tf.tensor(Float32Array.from(data), [...dims]);
const valuesOf = (tensor: Core.Tensor): Values => ({
  dims: tensor.shape,
  data: Float64Array.from(tensor.dataSync()),
});

function quantizeLinear([x, scale, zeroPoint]: readonly Values[]): Values {
  return each(x!, (value) =>
    Math.min(255, Math.max(0, rounded(value / scale!.data[0]!) + zeroPoint!.data[0]!)),
  );
}

function dequantizeLinear([x, scale, zeroPoint]: readonly Values[], { axis = 1 }: Attributes): Values {
  const { dims, data } = x!;
  const inner = sizeOf(dims.slice((axis as number) + 1));
  const at = (i: number) => (scale!.dims.length === 0 ? 0 : Math.floor(i / inner) % dims[axis as number]!);
  return {
    dims,
    data: data.map((value, i) => (value - (zeroPoint?.data[at(i)] ?? 0)) * scale!.data[at(i)]!),
  };
}

/** [N, C, H, W] padded and with channels last. */
function padded(x: Values, pads: readonly number[], value: number): Core.Tensor4D {
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const last = tf.transpose(tensorOf(x), [0, 2, 3, 1]) as Core.Tensor4D;
  return tf.pad(
    last,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}

const channelsFirst = (x: Core.Tensor): Values => valuesOf(tf.transpose(x, [0, 3, 1, 2]));

function conv([x, kernel, bias]: readonly Values[], { pads, strides }: Attributes): Values {
  const filters = tf.transpose(tensorOf(kernel!), [2, 3, 1, 0]) as Core.Tensor4D;
  const product = tf.conv2d(padded(x!, pads as number[], 0), filters, strides as [number, number], 'valid');
  return channelsFirst(bias ? tf.add(product, tensorOf(bias)) : product);
}

function averagePool([x]: readonly Values[], attributes: Attributes): Values {
  const { pads, strides, kernel_shape: size } = attributes;
  const mean = (values: Values) =>
    tf.avgPool(
      padded(values, pads as number[], 0),
      size as [number, number],
      strides as [number, number],
      'valid',
    );
  // Of the real values alone: count_include_pad is 0.
  return channelsFirst(tf.div(mean(x!), mean(each(x!, () => 1))));
}

function maxPool([x]: readonly Values[], attributes: Attributes): Values {
  const { pads, strides, kernel_shape: size } = attributes;
  const map = padded(x!, pads as number[], -3e38);
  return channelsFirst(tf.maxPool(map, size as [number, number], strides as [number, number], 'valid'));
}

function reshape([x, shape]: readonly Values[]): Values {
  const dims = [...shape!.data];
  const open = dims.indexOf(-1);
  if (open >= 0) dims[open] = x!.data.length / sizeOf(dims.filter((d) => d !== -1));
  return { dims, data: x!.data };
}

function lrn([x]: readonly Values[], { size, alpha, beta, bias }: Attributes): Values {
  const [, channels, height, width] = x!.dims as [number, number, number, number];
  const [places, radius] = [height * width, ((size as number) - 1) / 2];
  const data = x!.data.map((value, i) => {
    const channel = Math.floor(i / places) % channels;
    let sum = 0;
    for (let c = Math.max(0, channel - radius); c <= Math.min(channels - 1, channel + radius); c++)
      sum += x!.data[i + (c - channel) * places]! ** 2;
    return value / ((bias as number) + ((alpha as number) / (size as number)) * sum) ** (beta as number);
  });
  return { dims: x!.dims, data };
}

const OPERATORS: Readonly<Record<string, (inputs: readonly Values[], attributes: Attributes) => Values>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Conv: conv,
  AveragePool: averagePool,
  MaxPool: maxPool,
  LRN: lrn,
  Reshape: reshape,
  Relu: ([x]) => each(x!, (value) => Math.max(0, value)),
  Tanh: ([x]) => each(x!, Math.tanh),
  Sigmoid: ([x]) => each(x!, (value) => 1 / (1 + Math.exp(-value))),
  MatMul: ([a, b]) => valuesOf(tf.matMul(tensorOf(a!) as Core.Tensor2D, tensorOf(b!) as Core.Tensor2D)),
  Add: ([a, b]) => valuesOf(tf.add(tensorOf(a!), tensorOf(b!))),
  Max: (inputs) => valuesOf(inputs.map(tensorOf).reduce((a, b) => tf.maximum(a, b))),
  Gather: ([x, indices], { axis }) =>
    valuesOf(tf.gather(tensorOf(x!), tf.tensor1d(Int32Array.from(indices!.data), 'int32'), axis as number)),
  Neg: ([x]) => each(x!, (value) => -value),
  Pad: ([x, pads, value]) => {
    const rank = x!.dims.length;
    const around = x!.dims.map((_, i): [number, number] => [pads!.data[i]!, pads!.data[rank + i]!]);
    return valuesOf(tf.pad(tensorOf(x!), around, value?.data[0] ?? 0));
  },
  Exp: ([x]) => each(x!, Math.exp),
  Sub: ([a, b]) => valuesOf(tf.sub(tensorOf(a!), tensorOf(b!))),
  Div: ([a, b]) => valuesOf(tf.div(tensorOf(a!), tensorOf(b!))),
  // Both along the classes, with axes as an attribute or an input.
  ReduceMax: ([x]) => valuesOf(tf.max(tensorOf(x!), 1, true)),
  ReduceSum: ([x]) => valuesOf(tf.sum(tensorOf(x!), 1, true)),
  Concat: (inputs, { axis }) => valuesOf(tf.concat(inputs.map(tensorOf), axis as number)),
  Transpose: ([x], { perm }) => valuesOf(tf.transpose(tensorOf(x!), [...(perm as number[])])),
  Softmax: ([x]) => valuesOf(tf.softmax(tensorOf(x!))),
};
