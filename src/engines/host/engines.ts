import type { SettingNames } from '../../base/text/settings.js';
import type { Engine, EngineOptions } from '../engine.js';

/** An engine as the host knows it before it is loaded. */
interface EngineEntry {
  /** The devices that it may compute on, as far as the machine has them. */
  readonly devices: readonly string[];
  /** Whether `auto` prefers it on this machine, for a device that was asked for. */
  isPreferred(device: string): Promise<boolean>;
  /** Loads and starts it. @throws WorkError where it or the device is not there, with the way out */
  create(options: EngineOptions): Promise<Engine>;
}

/** Every engine by its name. `auto` takes the first that is preferred, else the first of all. */
export const ENGINES = {
  onnx: {
    devices: ['cpu', 'webgpu', 'cuda'],
    isPreferred: async () => false,
    create: async (options) => (await import('../onnx/index.js')).createOnnxEngine(options),
  },
  tensorflow: {
    devices: ['cpu', 'cuda'],
    // Where tfjs-node-gpu loads and sees a CUDA GPU, and that is what was asked for or may be taken.
    async isPreferred(device) {
      if (device !== 'auto' && device !== 'cuda') return false;
      const found = await (await import('../tensorflow/node-gpu.js')).probeTfjsNodeGpu();
      return found.available && found.gpu;
    },
    create: async (options) => (await import('../tensorflow/index.js')).createTensorflowEngine(options),
  },
} as const satisfies Record<string, EngineEntry>;

export type EngineName = keyof typeof ENGINES;

function isEngineName(name: string): name is EngineName {
  return name in ENGINES;
}

export const ENGINE_NAMES = Object.keys(ENGINES).filter(isEngineName);

/** What may be asked for: an engine, or the one that suits this machine. */
export type EngineChoice = EngineName | 'auto';
export const ENGINE_CHOICES: readonly EngineChoice[] = ['auto', ...ENGINE_NAMES];

/** Every device of any engine. */
export const DEVICE_CHOICES: readonly string[] = [
  ...new Set(['auto', ...Object.values(ENGINES).flatMap(({ devices }) => devices)]),
];

/** An engine that was started by its name. */
export type StartedEngine = Engine & { readonly name: EngineName };

export interface EngineRequest extends EngineOptions {
  readonly engine: EngineChoice;
}

/** What the engine's thread begins with. */
export interface ThreadData {
  readonly request: EngineRequest;
  /** What its sentences call settings: the same as those of the thread that starts it. */
  readonly names: SettingNames;
}
