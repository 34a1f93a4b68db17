import type { LayerDef } from '../layer.js';
import { activation } from './activation.js';
import { add } from './add.js';
import { avgPool2d } from './avg-pool2d.js';
import { batchNorm } from './batch-norm.js';
import { concatenate } from './concatenate.js';
import { constantPadding2d } from './constant-padding2d.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { depthMaxPool } from './depth-max-pool.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { globalAvgPool2d } from './global-avg-pool2d.js';
import { lrn } from './lrn.js';
import { maxPool2d } from './max-pool2d.js';
import { partialConv2d } from './partial-conv2d.js';
import { rbf } from './rbf.js';
import { subsampling2d } from './subsampling2d.js';
import { zeroPadding2d } from './zero-padding2d.js';

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

/** The definition of a kind, with its parameters' type forgotten. */
export function layerDef(kind: LayerKind): LayerDef {
  return LAYERS[kind] as unknown as LayerDef;
}
