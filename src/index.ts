/** What programs may use: docs/library.md. */
export { UsageError, WorkError } from './base/errors.js';
export type { Tensor, Tensors } from './base/tensor.js';
export type { DataNotice } from './data/sets/dataset.js';
export {
  apply,
  compare,
  evaluate,
  exportModel,
  type OpenModel,
  openModel,
  predict,
  summary,
} from './library/networks.js';
export { findRun, listRuns } from './library/runs.js';
export { type TrainOptions, train } from './library/train.js';
export { type BuildOptions, buildGraph } from './models/build.js';
export { readSpec } from './models/config/read-spec.js';
export type { ModelConfig, TrainingConfig } from './models/config/schema.js';
export { type Override, parseSource, type Source } from './models/config/source.js';
export type { LayerSpec, ModelSpec } from './models/config/spec.js';
export type {
  Graph,
  GraphNode,
  PixelScaling,
  ReceptiveField,
  Shape,
  WeightSpec,
} from './models/graph/graph.js';
export { initialWeights } from './models/graph/initial-weights.js';
export type { LayerKind } from './models/layers/index.js';
export {
  type LayerSummary,
  type ModelSummary,
  type Published,
  type SummaryOptions,
  summarise,
  type Totals,
} from './models/summary.js';
export { loadModel, modelNames } from './models/zoo.js';
export type { Activation } from './recipe/activations.js';
export type { Initializer } from './recipe/initializers.js';
export type {
  EndEvent,
  EpochEvent,
  NoticeEvent,
  SavedEvent,
  StartEvent,
  StepEvent,
  TrainingEvent,
} from './runs/events.js';
export type { Explained } from './tasks/apply/apply.js';
export type { Comparison } from './tasks/compare/comparison.js';
export type { PredictResult } from './tasks/predict/predict.js';
export type { RunList, RunListRow } from './tasks/runs/run-rows.js';
export type { RunEvaluation } from './training/evaluation/evaluate-run.js';
