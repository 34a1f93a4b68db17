import { type Graph, weightsOf, withoutAuxiliaries } from '../../models/graph.js';
import type { InferenceProgram } from '../engine.js';
import type { Tensorflow } from './library.js';
import { asWorkError, checkBatch, createNetwork, logitsOf, lossesOf } from './network.js';
import { loadWeights } from './tensors.js';

/** Probabilities and losses of images, dropout off. */
export function createInferenceProgram(
  tf: Tensorflow,
  graph: Graph,
  { batchSize }: { batchSize: number },
): InferenceProgram {
  const start = performance.now();
  const network = createNetwork(tf, withoutAuxiliaries(graph), 'inference');
  return {
    batchSize,
    buildMs: performance.now() - start,
    async load(weights) {
      // Those of auxiliary classifiers have no place here.
      const known = new Set(network.weights.map(({ fullName }) => fullName));
      const dropped = new Set(
        weightsOf(graph)
          .map(({ fullName }) => fullName)
          .filter((name) => !known.has(name)),
      );
      loadWeights(tf, network, new Map([...weights].filter(([name]) => !dropped.has(name))));
    },
    async run(batch) {
      checkBatch(network, batchSize, batch);
      try {
        const [probabilities, losses] = tf.tidy(() => {
          const [logits] = logitsOf(tf, network, batch, false);
          return [tf.softmax(logits!), lossesOf(tf, graph, logits!, batch)];
        });
        const result = {
          probabilities: (await probabilities!.data()) as Float32Array,
          losses: (await losses!.data()) as Float32Array,
        };
        tf.dispose([probabilities!, losses!]);
        return result;
      } catch (error) {
        throw asWorkError(`TensorFlow.js failed on ${graph.name}`, error);
      }
    },
    async dispose() {
      network.model.dispose();
    },
  };
}
