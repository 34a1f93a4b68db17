import { randomStream } from '../../base/random.js';
import type { Tensor, Tensors } from '../../base/tensor.js';
import { draw } from '../../recipe/initializers.js';
import { type Graph, weightsOf } from './graph.js';

/**
 * The weights before training, each from its own stream of `seed`, so that any of them can be drawn without the others.
 * @param isWanted by the full name of a weight: what is not wanted is not drawn
 */
export function initialWeights(
  graph: Graph,
  seed: number,
  isWanted: (fullName: string) => boolean = () => true,
): Tensors {
  const weights = new Map<string, Tensor>();
  for (const { fullName, spec } of weightsOf(graph)) {
    if (!isWanted(fullName)) continue;
    const random = randomStream(seed, 'weights', fullName);
    weights.set(fullName, { shape: spec.shape, data: draw(spec.initializer, spec.shape, random, spec.fans) });
  }
  return weights;
}
