import type { NodeFields } from '../../write/proto.js';
import type { Reader } from '../view/node-reader.js';
import { gemm, matMul } from './products.js';
import { channelMean } from './response-norm.js';
import {
  cast,
  constant,
  flatten,
  passing,
  reshape,
  shape,
  squeeze,
  squeezeIfOne,
  transpose,
  unsqueeze,
} from './shapes.js';
import {
  anyPad,
  batchNormalization,
  clip,
  concat,
  elementwise,
  gather,
  leakyRelu,
  lrn,
  reduce,
  softmax,
  unary,
} from './values.js';
import { averagePool, conv, globalAveragePool, globalMaxPool, maxPool, pad, reduceMean } from './windows.js';

const first =
  (...readers: readonly Reader[]): Reader =>
  (n) => {
    for (const reader of readers) {
      const read = reader(n);
      if (read) return read;
    }
    return null;
  };

const each = (reader: Reader, ...opTypes: readonly string[]) =>
  Object.fromEntries(opTypes.map((opType) => [opType, reader]));

/** How each of ONNX's operators is read; those that stand here nowhere are compared as they stand. */
export const READERS: Readonly<Record<string, Reader>> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  MaxPool: maxPool,
  AveragePool: first(averagePool, channelMean),
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  ReduceMean: first(reduceMean, reduce),
  Pad: first(pad, anyPad),
  BatchNormalization: batchNormalization,
  LRN: lrn,
  Clip: clip,
  LeakyRelu: leakyRelu,
  Concat: concat,
  Gather: gather,
  Constant: constant,
  Cast: cast,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  If: squeezeIfOne,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Shape: shape,
  ...each(passing, 'Identity', 'Dropout'),
  ...each(softmax, 'Softmax', 'LogSoftmax'),
  ...each(reduce, 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd'),
  ...each(elementwise, 'Add', 'Sum', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min'),
  ...each(
    unary,
    'Relu',
    'Tanh',
    'Sigmoid',
    'Exp',
    'Neg',
    'Sqrt',
    'Abs',
    'Log',
    'Erf',
    'Elu',
    'Selu',
    'Softplus',
  ),
  ...each(unary, 'HardSigmoid', 'HardSwish', 'Softsign', 'ThresholdedRelu', 'Celu', 'Gelu', 'Mish', 'Floor'),
};

/** Where it is more than one. Those of a later opset that were an attribute before are not counted. */
const LEAST_INPUTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['Conv', 'Gemm', 'MatMul', 'Gather', 'Add', 'Sub', 'Mul', 'Div', 'Pow'].map((opType) => [opType, 2]),
  ),
  BatchNormalization: 5,
  Constant: 0,
};

/** How many inputs a node cannot do without, the first ones; 0 for operators that are not known here. */
export function leastInputs({ opType = '', domain }: NodeFields): number {
  if (domain || !Object.hasOwn(READERS, opType)) return 0;
  return LEAST_INPUTS[opType] ?? 1;
}
