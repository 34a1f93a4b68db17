import { WorkError } from '../errors.js';
import type { Target } from './targets.js';
export const tfjs: Target = {
  isFolder: true,
  example: (m) => `${m}-tfjs`,
  write: async () => {
    throw new WorkError('not yet');
  },
};
