import type { EngineWork } from '../../engine.js';
import type { ThreadCosts } from './threads.js';

/** Measured by `npm run bench:threads -- --write`, which says how; docs/scaling.md has the measurements behind them. */
export const THREAD_COSTS: Readonly<Record<EngineWork['mode'], ThreadCosts>> = {
  train: {
    operationMs: 0.03,
    threadMs: 0.001,
    macMs: 3e-8,
    macShare: 0.95,
    byteMs: 6e-8,
    byteShare: 0.9,
  },
  infer: {
    operationMs: 0.003,
    threadMs: 0.0005,
    macMs: 1.1e-8,
    macShare: 0.95,
    byteMs: 6e-8,
    byteShare: 0.9,
  },
};
