import { type Graph, outputNode, weightsOf, withoutAuxiliaries } from '../../models/graph/graph.js';
import type { InferenceOptions, InferenceProgram } from '../engine.js';
import type { Tensorflow } from './library.js';
import { loadWeights } from './tensors.js';
import { asWorkError, checkBatch, createLogitsModel, logitsOf, lossesOf } from './tf-model.js';

/** Probabilities and losses of images, dropout off. */
export function createInferenceProgram(
  tf: Tensorflow,
  graph: Graph,
  { batchSize, watch, calibration }: InferenceOptions,
): InferenceProgram {
  if (calibration) throw new Error('internal: this engine has no int8');
  const start = performance.now();
  // Of the output itself the network has but the logits.
  const isOutput = watch === outputNode(graph).name;
  const network = createLogitsModel(tf, withoutAuxiliaries(graph), 'inference', isOutput ? undefined : watch);
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
        const outputs = tf.tidy(() => {
          const [logits, watched] = logitsOf(tf, network, batch, false);
          const results = [tf.softmax(logits!), lossesOf(tf, graph, logits!, batch)];
          return watched === undefined ? results : [...results, watched];
        });
        const [probabilities, losses, watched] = (await Promise.all(
          outputs.map((output) => output.data()),
        )) as Float32Array[];
        tf.dispose(outputs);
        const activations = isOutput ? probabilities : watched;
        const result = { probabilities: probabilities!, losses: losses! };
        if (activations !== undefined) return { ...result, activations };
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
