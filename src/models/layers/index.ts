import type { LayerDef } from '../lowering/layer.js';
import { add } from './joins/add.js';
import { concatenate } from './joins/concatenate.js';
import { flatten } from './joins/flatten.js';
import { conv2d } from './products/conv2d.js';
import { dense } from './products/dense.js';
import { partialConv2d } from './products/partial-conv2d.js';
import { rbf } from './products/rbf.js';
import { activation } from './values/activation.js';
import { batchNorm } from './values/batch-norm.js';
import { dropout } from './values/dropout.js';
import { lrn } from './values/lrn.js';
import { avgPool2d } from './windows/avg-pool2d.js';
import { constantPadding2d } from './windows/constant-padding2d.js';
import { depthMaxPool } from './windows/depth-max-pool.js';
import { globalAvgPool2d } from './windows/global-avg-pool2d.js';
import { maxPool2d } from './windows/max-pool2d.js';
import { subsampling2d } from './windows/subsampling2d.js';
import { zeroPadding2d } from './windows/zero-padding2d.js';

/** Every layer kind by its name in a config. */
export const LAYERS = {
  conv2d,
  partialConv2d,
  maxPool2d,
  avgPool2d,
  globalAvgPool2d,
  depthMaxPool,
  subsampling2d,
  zeroPadding2d,
  constantPadding2d,
  lrn,
  batchNorm,
  add,
  concatenate,
  flatten,
  dense,
  rbf,
  dropout,
  activation,
} as const;

export type LayerKind = keyof typeof LAYERS;

/** The definition of one of the kinds, with its parameters' type forgotten. */
export function layerDef(kind: string): LayerDef {
  return LAYERS[kind as LayerKind] as unknown as LayerDef;
}
