import type { OperatorKind } from '../../../models/lowering/onnx.js';
import type { Operator } from './contract/operator.js';
import { batchNorm } from './norms/batch-norm.js';
import { lrn } from './norms/lrn.js';
import { averagePool2d } from './pools/average-pool2d.js';
import { depthMaxPool } from './pools/depth-max-pool.js';
import { maxPool2d } from './pools/max-pool2d.js';
import { conv2d } from './products/conv2d.js';
import { dense } from './products/dense.js';
import { partialConv2d } from './products/partial-conv2d.js';
import { rbf } from './products/rbf.js';
import { activation } from './values/activation.js';
import { add } from './values/add.js';
import { channelScale } from './values/channel-scale.js';
import { concat } from './values/concat.js';
import { dropout } from './values/dropout.js';
import { flatten } from './values/flatten.js';
import { pad2d } from './values/pad2d.js';

/** Every operator; the type checker names one that is missing. */
export const OPERATORS: { readonly [K in OperatorKind]: Operator<K> } = {
  conv2d,
  partialConv2d,
  dense,
  maxPool2d,
  averagePool2d,
  pad2d,
  flatten,
  activation,
  dropout,
  add,
  concat,
  depthMaxPool,
  lrn,
  batchNorm,
  channelScale,
  rbf,
};
