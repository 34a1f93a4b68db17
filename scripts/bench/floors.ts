import { sizeOf } from '../../src/base/tensor.js';
import { buildGraph } from '../../src/models/build.js';
import { type Graph, weightsOf, withoutAuxiliaries } from '../../src/models/graph/graph.js';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { OPTIMIZERS } from '../../src/recipe/optimizers/index.js';
import type { Optimizer } from '../../src/recipe/optimizers/optimizer.js';
import type { Rates } from './rates.js';

export type Mode = 'train' | 'infer';

/** What a step cannot do without, in milliseconds at the machine's own rates. */
export interface Floors {
  /** Floating-point operations of convolutions and dense layers in a step. */
  readonly operations: number;
  readonly arithmeticMs: number;
  /** Outputs of layers: written and read once in inference; three times as much in training, with the gradients. */
  readonly activationsMs: number;
  /** Weights read once; in training also gradients, slots and what the update writes. */
  readonly weightsMs: number;
}

export function floorsOf(model: string, mode: Mode, batch: number, rates: Rates): Floors {
  const spec = loadModel(model);
  const whole = buildGraph(spec);
  const graph = mode === 'train' ? whole : withoutAuxiliaries(whole);
  const operations = operationsOf(graph, mode) * batch;
  const values = graph.nodes.reduce((sum, node) => sum + sizeOf(node.outputShape), 0) * batch;
  const weights = weightsOf(graph).reduce((sum, { spec: weight }) => sum + sizeOf(weight.shape), 0);
  const optimizer = optimizerOf(spec);
  const slots = (OPTIMIZERS[optimizer.name] as unknown as Optimizer<never>).slots(optimizer as never).length;
  const bandwidth = rates.gigabytesPerSecond * 1e6;
  return {
    operations,
    arithmeticMs: operations / rates.gflops / 1e6,
    activationsMs: ((mode === 'train' ? 6 : 2) * 4 * values) / bandwidth,
    weightsMs: ((mode === 'train' ? 4 + 2 * slots : 1) * 4 * weights) / bandwidth,
  };
}

/** Of one image: two a multiply-accumulate, three times in training, but the first layer's input needs no gradient. */
function operationsOf({ nodes }: Graph, mode: Mode): number {
  const macs = nodes.reduce((sum, node) => sum + node.macs, 0);
  if (mode === 'infer') return 2 * macs;
  return 6 * macs - 2 * (nodes.find((node) => node.macs > 0)?.macs ?? 0);
}
