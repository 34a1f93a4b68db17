import { requireThreads } from '../../base/machine/cores.js';
import type { Tensors } from '../../base/tensor.js';
import { sizeOf } from '../../base/tensor.js';
import type { Engine, InferenceProgram } from '../../engines/engine.js';
import { startEngine } from '../../engines/host/index.js';
import type { Graph, GraphNode } from '../../models/graph/graph.js';
import type { Computing } from './settings.js';

/** A network and what computes it. */
export interface Running {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly weights: Tensors;
}

/** Starts what computes, does some work with it, and ends it. */
export async function running<T>(
  { engine, device, threads }: Computing,
  graph: Graph,
  weights: Tensors,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  requireThreads(threads);
  const batches = { graph, mode: 'infer', batchSize: LARGEST_BATCH } as const;
  const started = await startEngine({ engine, device, threads, work: batches });
  try {
    return await work({ engine: started, graph, weights });
  } finally {
    await started.dispose();
  }
}

/** Of a batch, the values of a layer that is watched take at most so many bytes. */
const MOST_BYTES = 64 * 2 ** 20;
const LARGEST_BATCH = 32;

/** How many images of a batch are computed together where a layer is watched. */
export function watchedBatch(node: GraphNode, images: number): number {
  const fitting = Math.floor(MOST_BYTES / (4 * sizeOf(node.outputShape)));
  return Math.max(1, Math.min(LARGEST_BATCH, fitting, images));
}

/** Builds the program of a network, does some work with it, and ends it. */
export async function withProgram<T>(
  { engine, graph, weights }: Running,
  options: { readonly batchSize: number; readonly watch?: string },
  work: (program: InferenceProgram) => Promise<T>,
): Promise<T> {
  const program = await engine.inferenceProgram(graph, options);
  try {
    await program.load(copied(weights));
    return await work(program);
  } finally {
    await program.dispose();
  }
}

/** The memory of weights moves to the engine, and several programs need them. */
function copied(weights: Tensors): Tensors {
  return new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
