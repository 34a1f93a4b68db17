import type { io } from '@tensorflow/tfjs-core';
import type { Tensors } from '../../base/tensor.js';
import { type Graph, weightsOf, withoutAuxiliaries } from '../../models/graph/graph.js';
import { loadPlainLibrary } from './library.js';
import { registerLayers } from './register.js';
import { loadWeights } from './tensors.js';
import { createWholeModel } from './tf-model.js';

/** A model as TensorFlow.js saves it. */
export interface LayersModelFiles {
  /** In Keras 2's spelling. */
  readonly topology: object;
  readonly specs: readonly io.WeightsManifestEntry[];
  /** The weights one after the other, as the specs say. */
  readonly data: Uint8Array;
  readonly generatedBy: string;
  /** Classes of layers that TensorFlow.js does not have by itself. */
  readonly customLayers: readonly string[];
}

/**
 * A graph with its weights as a `tf.LayersModel`: scaled pixels, float [batch, H, W, C], to probabilities; without
 * auxiliary classifiers.
 */
export async function saveLayersModel(graph: Graph, weights: Tensors): Promise<LayersModelFiles> {
  const { tf } = await loadPlainLibrary();
  const network = createWholeModel(tf, withoutAuxiliaries(graph), 'inference');
  const wanted = weightsOf(network.graph).map(({ fullName }) => fullName);
  loadWeights(tf, network, new Map(wanted.map((name) => [name, weights.get(name)!])));
  let saved: io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await network.model.save(handler);
  network.model.dispose();
  const { modelTopology, weightSpecs, weightData, generatedBy } = saved!;
  const topology = modelTopology as object;
  const used = new Set(classNames(topology));
  return {
    topology,
    specs: weightSpecs!,
    data: Buffer.concat([weightData!].flat().map((part) => new Uint8Array(part))),
    generatedBy: generatedBy!,
    customLayers: registerLayers(tf).filter((name) => used.has(name)),
  };
}

interface Topology {
  readonly config?: { readonly layers?: readonly { readonly class_name: string }[] };
}

const classNames = (topology: Topology): string[] =>
  (topology.config?.layers ?? []).map((layer) => layer.class_name);
