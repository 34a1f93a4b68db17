import type { Engine } from '../engines/engine.js';
import type { Graph } from '../models/graph.js';
import type { TrainingConfig } from '../models/schema.js';
import type { Tensors } from '../tensor.js';
import type { Checkpoint } from './checkpoint.js';
import type { StopRequest } from './events.js';
import type { LearningRates } from './learning-rates.js';
import type { ResolvedConfig } from './run-config.js';
import type { RunFolder } from './run-folder.js';
import type { Target } from './targets.js';
import type { TrainingData } from './training-data.js';

/** What `train` needs. */
export interface TrainerOptions {
  readonly graph: Graph;
  readonly config: TrainingConfig;
  /** All of the run's settings, for those who watch it. */
  readonly resolvedConfig: ResolvedConfig;
  readonly data: TrainingData;
  readonly engine: Engine;
  readonly folder: RunFolder;
  /** What to go on from; null at the begin of a run. */
  readonly checkpoint: Checkpoint | null;
  /** What to begin with; drawn by the seed where absent. */
  readonly initialWeights?: Tensors;
  readonly resumed: boolean;
  /** Figures with which training is done before its last epoch. */
  readonly targets: readonly Target[];
  /** What the user wants by now. */
  readonly stopRequest: () => StopRequest | undefined;
  /** The learning rate of an update, counted over the whole run from 0. */
  readonly learningRateAt?: LearningRates;
}
