import { basename } from 'node:path';
import type { Tensors } from '../../../base/tensor.js';
import { buildGraph } from '../../../models/build.js';
import type { Graph } from '../../../models/graph/graph.js';
import { initialWeights } from '../../../models/graph/initial-weights.js';
import { loadModel } from '../../../models/zoo.js';
import { isModel } from '../../../runs/argument.js';
import { openRun } from '../../../runs/run-reader.js';
import { openRunNetwork } from '../../../training/evaluation/network.js';
import { initialWeightsOf } from '../../../training/initial-weights.js';

/** A MODEL or RUN with its weights before training and, of a run, after it. */
export interface WeightsItem {
  readonly graph: Graph;
  /** The run's folder. */
  readonly run: string | null;
  readonly seed: number;
  /** Where they are drawn, the wanted one alone. */
  readonly before: Tensors;
  /** Where those before training come from: "seed 1", or a file. */
  readonly beforeOrigin: string;
  /** `origin` says which: "best, of epoch 3". */
  readonly after: { readonly weights: Tensors; readonly origin: string } | null;
}

/**
 * @param wanted the full name of the weight that is looked at: of what is drawn, that alone
 * @throws UsageError for what is neither model nor run; WorkError for a run that has no weights.
 */
export async function readWeightsItem(
  argument: string,
  wanted: (graph: Graph) => string,
): Promise<WeightsItem> {
  const drawn = (graph: Graph, seed: number) => {
    const name = wanted(graph);
    return initialWeights(graph, seed, (fullName) => fullName === name);
  };
  if (isModel(argument)) {
    const spec = loadModel(argument);
    const graph = buildGraph(spec);
    const { seed } = spec.config.training;
    return {
      graph,
      run: null,
      seed,
      before: drawn(graph, seed),
      beforeOrigin: `seed ${seed}`,
      after: null,
    };
  }
  const run = openRun(argument);
  const { graph, weights, origin } = await openRunNetwork(run);
  const { seed } = run.info;
  const begun = await initialWeightsOf(run, graph);
  return {
    graph,
    run: argument,
    seed,
    before: begun?.weights ?? drawn(graph, seed),
    beforeOrigin: begun ? basename(begun.file) : `seed ${seed}`,
    after: { weights, origin },
  };
}
