import type { EngineWork } from '../../engine.js';
import type { ThreadCosts } from './thread-model.js';

/** Written by `npm run bench:threads -- --write`; docs/scaling.md has the measurements behind them. */
export const THREAD_COSTS: Readonly<Record<EngineWork['mode'], ThreadCosts>> = {
  train: {
    operationMs: 0.01539,
    threadMs: 0.002283,
    macMs: 2.523e-8,
    macShare: 0.8759,
    byteMs: 3.71e-7,
    byteShare: 0.7967,
  },
  infer: {
    operationMs: 0.001023,
    threadMs: 0.0005,
    macMs: 8.335e-9,
    macShare: 0.9613,
    byteMs: 1.657e-8,
    byteShare: 0.7813,
  },
};
