import { isModel } from '../compare/items.js';
import { knownDatasets } from '../data/load.js';
import { buildGraph } from '../models/build.js';
import type { Graph } from '../models/graph.js';
import { initialWeights } from '../models/initializers.js';
import type { ModelSpec } from '../models/spec.js';
import { loadModel } from '../models/zoo.js';
import type { Tensors } from '../tensor.js';
import type { SavedWeights } from './checkpoint.js';
import { openRun, type Run, readRunWeights } from './run-reader.js';

/** A network that can be put to use: what a MODEL or RUN argument stands for. */
export interface Network {
  /** Of the model. */
  readonly name: string;
  readonly spec: ModelSpec;
  readonly graph: Graph;
  readonly weights: Tensors;
  /** Which weights: "best, of epoch 3". */
  readonly origin: string;
  /** A label a class, in class-number order. */
  readonly classes: readonly string[];
  /** null of a MODEL. */
  readonly run: Run | null;
}

/** The network of a run. */
export interface TrainedNetwork extends Network {
  readonly run: Run;
}

/**
 * The network of a RUN, with the weights that it has to show, or of a MODEL, with the weights that training would begin with.
 * @throws UsageError where `argument` is neither; WorkError where weights cannot be read.
 */
export async function openNetwork(argument: string): Promise<Network> {
  if (!isModel(argument)) return openRunNetwork(openRun(argument));
  const spec = loadModel(argument);
  const graph = buildGraph(spec);
  const { seed } = spec.config.training;
  const known = knownDatasets().find(({ name }) => name === spec.config.dataset);
  return {
    name: spec.name,
    spec,
    graph,
    weights: initialWeights(graph, seed),
    origin: `untrained, of seed ${seed}`,
    classes: labelsFor(graph.classes, known?.classes.length === graph.classes ? known.classes : []),
    run: null,
  };
}

/**
 * The network of a run, with the weights that it has to show.
 * @throws WorkError where its weights cannot be read.
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
function describeWeights({ kind, epoch, step }: SavedWeights): string {
  if (step > 0) return `as after epoch ${epoch}, step ${step}`;
  return `${kind === 'best' ? 'best, ' : ''}of epoch ${epoch}`;
}

/** Labels of all classes; where a data set has fewer classes than the network, the others go by their numbers. */
export function labelsFor(count: number, labels: readonly string[]): string[] {
  return Array.from({ length: count }, (_, i) => labels[i] ?? `class ${i}`);
}
