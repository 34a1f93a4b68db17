import type { OperatorKind } from '../lowering.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { averagePool2d } from './average-pool2d.js';
import { batchNorm } from './batch-norm.js';
import { channelScale } from './channel-scale.js';
import { concat } from './concat.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { depthMaxPool } from './depth-max-pool.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { lrn } from './lrn.js';
import { maxPool2d } from './max-pool2d.js';
import type { Operator } from './operator.js';
import { pad2d } from './pad2d.js';
import { partialConv2d } from './partial-conv2d.js';
import { rbf } from './rbf.js';

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
