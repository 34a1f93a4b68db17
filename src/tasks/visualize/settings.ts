import type { EngineChoice } from '../../engines/host/engines.js';

/** What computes. */
export interface Computing {
  readonly engine: EngineChoice;
  readonly device: string;
  readonly threads?: number;
}
