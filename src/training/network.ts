import { buildGraph } from '../models/build.js';
import type { Graph } from '../models/graph.js';
import type { ModelSpec } from '../models/spec.js';
import type { Tensors } from '../tensor.js';
import type { SavedWeights } from './checkpoint.js';
import { type Run, readRunWeights } from './run-reader.js';

/** A network that can be put to use: what a RUN argument stands for. */
export interface TrainedNetwork {
  /** Of the model. */
  readonly name: string;
  readonly spec: ModelSpec;
  readonly graph: Graph;
  readonly weights: Tensors;
  /** Which weights: "best, of epoch 3". */
  readonly origin: string;
  /** A label a class, in class-number order. */
  readonly classes: readonly string[];
  readonly run: Run;
}

/**
 * The network of a run, with the weights that it has to show.
 * @throws UsageError where `run` is no run folder; WorkError where its weights cannot be read.
 */
export async function openRunNetwork(run: Run): Promise<TrainedNetwork> {
  const graph = buildGraph(run.spec);
  const saved = await readRunWeights(run, graph);
  return {
    name: run.info.model,
    spec: run.spec,
    graph,
    weights: saved.weights,
    origin: describeWeights(saved),
    classes: labelsFor(graph.classes, run.info.dataset.classes),
    run,
  };
}

/** "best, of epoch 3" */
export function describeWeights({ kind, epoch, step }: SavedWeights): string {
  if (step > 0) return `as after epoch ${epoch}, step ${step}`;
  return `${kind === 'best' ? 'best, ' : ''}of epoch ${epoch}`;
}

/** Labels of all classes; where a data set has fewer classes than the network, the others go by their numbers. */
export function labelsFor(count: number, labels: readonly string[]): string[] {
  return Array.from({ length: count }, (_, i) => labels[i] ?? `class ${i}`);
}
