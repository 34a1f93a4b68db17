import type { Target } from './target.js';

export const TARGETS = ['onnx', 'tfjs', 'safetensors'] as const;
export type TargetName = (typeof TARGETS)[number];

export const LOAD_TARGET: Readonly<Record<TargetName, () => Promise<Target>>> = {
  onnx: async () => (await import('./onnx.js')).onnx,
  tfjs: async () => (await import('./tfjs.js')).tfjs,
  safetensors: async () => (await import('./safetensors.js')).safetensors,
};
