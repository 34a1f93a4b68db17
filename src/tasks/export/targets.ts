import type { Target } from './target.js';

/** Every form of export by its name, with what loads it. */
export const LOAD_TARGET = {
  onnx: async () => (await import('./onnx.js')).onnx,
  tfjs: async () => (await import('./tfjs.js')).tfjs,
  web: async () => (await import('./web.js')).web,
  pytorch: async () => (await import('./pytorch.js')).pytorch,
  safetensors: async () => (await import('./safetensors.js')).safetensors,
} as const satisfies Readonly<Record<string, () => Promise<Target>>>;

/** ONNX's versions of operators that can be asked for: from softmax over one axis on, to the newest that ONNX Runtime was tried with. */
export const OPSETS = { least: 13, most: 21 } as const;

export type TargetName = keyof typeof LOAD_TARGET;

export const TARGETS = Object.keys(LOAD_TARGET).filter((name): name is TargetName => name in LOAD_TARGET);
