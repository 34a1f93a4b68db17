import { DEVICE_CHOICES, ENGINE_CHOICES } from '../engines/host/engines.js';
import type { Option, Options } from './options.js';
import { BYTES, COUNT, choice, DEVICE, FILE, FOLDER, SWITCH } from './values.js';

/** Options that several commands have. */

export const DATA_DIR = { takes: FOLDER, describe: 'Where data sets lie' } as const satisfies Option;

export const ENGINE = {
  takes: choice(ENGINE_CHOICES, 'NAME'),
  describe: 'What computes',
} as const satisfies Option;

/** Devices by their names, as far as they are known before an engine is loaded. */
export const DEVICES = `${DEVICE_CHOICES.join(', ')}, ...`;

/** What computes, where a run or a config says nothing of it. */
export const COMPUTING = {
  engine: { ...ENGINE, default: 'auto' },
  device: { takes: DEVICE, default: 'auto', describe: DEVICES },
  threads: {
    takes: COUNT,
    describe: 'CPU threads (default: as many as suit the network, at most the physical cores)',
  },
} as const satisfies Options;

export const STRICT = {
  takes: SWITCH,
  describe: 'Stop at damaged or unread pictures, do not leave them out',
} as const satisfies Option;

export const INVERT = {
  takes: SWITCH,
  describe: 'Turn dark on light into light on dark, as MNIST has it',
} as const satisfies Option;

/** What decoded pictures of a folder may take. */
export const IMAGE_ROOM = {
  imageMemory: {
    takes: BYTES,
    describe: 'Memory for decoded pictures (default: 1GB, or a quarter of what may be used)',
  },
  imageCache: {
    takes: BYTES,
    describe:
      'Disk for those that do not fit in it, of all runs; 0 for none (default: 20GB, or half of what is free)',
  },
} as const satisfies Options;

/** Instead of those that a run or a model has. */
export const OTHER_WEIGHTS = {
  takes: FILE,
  describe: 'Other weights: a file of PyTorch, Keras, ONNX, ..., or a run',
} as const satisfies Option;
