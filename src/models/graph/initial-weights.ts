import { randomStream } from '../../base/random.js';
import type { Tensor, Tensors } from '../../base/tensor.js';
import { draw } from '../../recipe/initializers.js';
import { type Graph, weightsOf } from './graph.js';

/** The weights before training, each from its own stream of `seed`. */
export function initialWeights(graph: Graph, seed: number): Tensors {
  const weights = new Map<string, Tensor>();
  for (const { fullName, spec } of weightsOf(graph)) {
    const random = randomStream(seed, 'weights', fullName);
    weights.set(fullName, { shape: spec.shape, data: draw(spec.initializer, spec.shape, random, spec.fans) });
  }
  return weights;
}
