import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import type { Graph } from '../../models/graph/graph.js';
import type { LayersProgram } from '../engine.js';
import type { Tensorflow } from './library.js';
import { loadWeights, saveTensors, toTf } from './tensors.js';
import { asWorkError, createWholeModel } from './tf-model.js';

/** What every layer of a graph without auxiliaries gives, dropout off. */
export function createLayersProgram(tf: Tensorflow, graph: Graph, batchSize: number): LayersProgram {
  const start = performance.now();
  const names = graph.nodes.map(({ name }) => name);
  const last = names.at(-1)!;
  const others = names.slice(0, -1);
  const network = createWholeModel(tf, ofAnyNumbers(graph), 'inference', others);
  return {
    batchSize,
    buildMs: performance.now() - start,
    async load(weights) {
      loadWeights(tf, network, weights);
    },
    async run(input) {
      try {
        const outputs = tf.tidy(() => [network.model.apply(toTf(tf, input)) as TfTensor].flat());
        const named = [last, ...others].map((name, i) => [name, outputs[i]!] as const);
        const values = await saveTensors(named);
        tf.dispose(outputs);
        return new Map(names.map((name) => [name, values.get(name)!]));
      } catch (error) {
        throw asWorkError(`TensorFlow.js failed on ${graph.name}`, error);
      }
    },
    async dispose() {
      network.model.dispose();
    },
  };
}

/** A graph's own pixels may never be negative, and what is built relies on it; numbers may. */
export function ofAnyNumbers(graph: Graph): Graph {
  const { scale } = graph.pixels;
  return { ...graph, pixels: { scale, offset: scale.map(() => Number.NEGATIVE_INFINITY) } };
}
