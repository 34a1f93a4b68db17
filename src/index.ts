/** What programs may use: models from the zoo or from YAML, their graphs and their figures. */
export { UsageError, WorkError } from './errors.js';
export type { Activation } from './models/activations.js';
export { type BuildOptions, buildGraph } from './models/build.js';
export type { Graph, GraphNode, PixelScaling, ReceptiveField, Shape, WeightSpec } from './models/graph.js';
export { type Initializer, initialWeights } from './models/initializers.js';
export type { LayerKind } from './models/layers/index.js';
export type { ModelConfig, TrainingConfig } from './models/schema.js';
export { type Override, parseSource, type Source } from './models/source.js';
export { type LayerSpec, type ModelSpec, readSpec } from './models/spec.js';
export {
  type LayerSummary,
  type ModelSummary,
  type Published,
  type SummaryOptions,
  summarise,
  type Totals,
} from './models/summary.js';
export { loadModel, modelNames } from './models/zoo.js';
export type { Tensor, Tensors } from './tensor.js';
