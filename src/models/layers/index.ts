import type { LayerDef } from '../layer.js';
import { activation } from './activation.js';
import { avgPool2d } from './avg-pool2d.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import { maxPool2d } from './max-pool2d.js';
import { zeroPadding2d } from './zero-padding2d.js';

/** Every layer kind by its name in a config. */
export const LAYERS = {
  conv2d,
  maxPool2d,
  avgPool2d,
  zeroPadding2d,
  flatten,
  dense,
  dropout,
  activation,
} as const;

export type LayerKind = keyof typeof LAYERS;

/** The definition of a kind, with its parameters' type forgotten. */
export function layerDef(kind: LayerKind): LayerDef {
  return LAYERS[kind] as unknown as LayerDef;
}
