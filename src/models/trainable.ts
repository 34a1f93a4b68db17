import { UsageError } from '../base/errors.js';
import { setting } from '../base/text/settings.js';
import type { OptimizerConfig } from '../recipe/optimizers/index.js';
import type { TrainableConfig } from './config/schema.js';
import type { ModelSpec } from './config/spec.js';
import type { Graph } from './graph/graph.js';

/** The spec of a model that says everything that training needs. */
export interface TrainableSpec extends ModelSpec {
  readonly config: TrainableConfig;
}

/**
 * A spec with everything that training needs, its number of classes taken from the network where the file names none.
 * @throws UsageError that asks for the data set or the optimizer where there is none; see also `requireParts`
 */
export function trainable(spec: ModelSpec, graph: Pick<Graph, 'classes'>): TrainableSpec {
  requireParts(spec.config.training);
  const dataset = datasetOf(spec, 'training');
  const training = {
    ...spec.config.training,
    optimizer: optimizerOf(spec, `, or give ${setting('optimizer', 'adam')}`),
  };
  return { ...spec, config: { ...spec.config, dataset, classes: graph.classes, training } };
}

/** @throws UsageError where a batch is to be computed in more parts than it has images */
export function requireParts({
  batchSize,
  microBatches,
}: {
  readonly batchSize: number;
  readonly microBatches: number;
}): void {
  if (microBatches <= batchSize) return;
  throw new UsageError(
    `${setting('microBatches', microBatches)}: a batch of ${batchSize} has no images for so many parts; ${setting('microBatches', batchSize)} are the most.`,
  );
}

/**
 * The data set that a model's file names.
 * @param purpose what needs it: "training"
 * @param orElse another way out than adding it; absent where one can be given with the command
 * @throws UsageError that asks for one where there is none
 */
export function datasetOf(
  { config, source }: ModelSpec,
  purpose: string,
  orElse = `give ${setting('dataset', 'mnist')}`,
): string {
  if (config.dataset !== undefined) return config.dataset;
  const message = `${purpose} needs a data set: add "dataset: mnist", or ${orElse}.`;
  throw source.error(['dataset'], message);
}

/**
 * The optimizer that a model is trained with.
 * @param orElse another way to give one than in the file
 * @throws UsageError that asks for one where there is none
 */
export function optimizerOf({ config, source }: ModelSpec, orElse = ''): OptimizerConfig {
  const { optimizer } = config.training;
  if (optimizer !== undefined) return optimizer;
  const message = `training needs an optimizer: add "training: { optimizer: adam }"${orElse}.`;
  throw source.error(['training', 'optimizer'], message);
}
