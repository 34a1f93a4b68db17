import type { Tensors } from '../base/tensor.js';
import type { StartedEngine } from '../engines/host/engines.js';
import type { TrainingConfig } from '../models/config/schema.js';
import type { Graph } from '../models/graph/graph.js';
import type { Checkpoint } from '../runs/checkpoint.js';
import type { StopRequest } from '../runs/events.js';
import type { ResolvedConfig } from '../runs/run-config.js';
import type { RunFolder } from '../runs/run-folder.js';
import type { TrainingData } from './evaluation/training-data.js';
import type { LearningRates } from './settings/learning-rates.js';
import type { Target } from './settings/targets.js';

/** What `train` needs. */
export interface TrainerOptions {
  readonly graph: Graph;
  readonly config: TrainingConfig;
  /** All of the run's settings, for those who watch it. */
  readonly resolvedConfig: ResolvedConfig;
  readonly data: TrainingData;
  readonly engine: StartedEngine;
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
