import { sizeOf } from '../base/tensor.js';
import { type OptimizerConfig, optimizerNamed } from '../recipe/optimizers/index.js';
import { type Graph, weightsOf } from './graph/graph.js';

/** Values are float32 everywhere. */
const BYTES_PER_VALUE = 4;

/**
 * What a training step on a batch holds by arithmetic, in bytes: auxiliary classifiers are counted, the images themselves and
 * what a program needs besides are not.
 */
export interface BatchMemory {
  readonly batchSize: number;
  /** The config's; null where it names none, so that there is none to keep anything. */
  readonly optimizer: string | null;
  readonly parameterBytes: number;
  /** One a parameter that is learned. */
  readonly gradientBytes: number;
  /** What the optimizer keeps for each parameter that is learned: momentum, running means. */
  readonly optimizerBytes: number;
  /** All layers' outputs of all images of the batch. */
  readonly activationBytes: number;
  readonly totalBytes: number;
}

/** @param graph as it is trained */
export function batchMemory(
  graph: Graph,
  batchSize: number,
  optimizer: OptimizerConfig | undefined,
): BatchMemory {
  const weights = weightsOf(graph).map(({ spec }) => spec);
  const bytesOf = (counted: typeof weights) =>
    BYTES_PER_VALUE * counted.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const parameterBytes = bytesOf(weights);
  const gradientBytes = bytesOf(weights.filter(({ trainable }) => trainable));
  const slots = optimizer === undefined ? 0 : optimizerNamed(optimizer).slots(optimizer).length;
  const values = graph.nodes.reduce((sum, { outputShape }) => sum + sizeOf(outputShape), 0);
  const optimizerBytes = slots * gradientBytes;
  const activationBytes = batchSize * values * BYTES_PER_VALUE;
  return {
    batchSize,
    optimizer: optimizer?.name ?? null,
    parameterBytes,
    gradientBytes,
    optimizerBytes,
    activationBytes,
    totalBytes: parameterBytes + gradientBytes + optimizerBytes + activationBytes,
  };
}
