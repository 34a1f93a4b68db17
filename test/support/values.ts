import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.js';
import { sizeOf } from '../../src/base/tensor.js';
import type { Batch } from '../../src/engines/engine.js';
import { dropoutsOf, type Graph } from '../../src/models/graph/graph.js';

/** Random pixels, labels and masks; a last image that is padding where `count` is less than `batchSize`. */
export function randomBatch(graph: Graph, batchSize: number, count = batchSize, seed = 3): Batch {
  const random = randomStream(seed, 'batch');
  return {
    pixels: new Uint8Array(batchSize * sizeOf(graph.input)).map(() => random.below(256)),
    labels: new Int32Array(batchSize).map(() => random.below(graph.classes)),
    count,
    masks: new Map(
      dropoutsOf(graph).map(({ name, rate, shape }) => [
        name,
        new Uint8Array(batchSize * sizeOf(shape)).map(() => (random.uniform() < rate ? 0 : 1)),
      ]),
    ),
  };
}

/** The largest difference of two arrays, relative to the largest value of `expected`. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.is(actual.length, expected.length);
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(actual[i]! - expected[i]!);
    difference = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(difference, d);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return difference / Math.max(scale, 1e-30);
}
