import { adam } from './adam.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

/** Every optimizer by its name in a config. */
export const OPTIMIZERS = { sgd, rmsprop, adam } as const;
