import { statSync } from 'node:fs';
import { writeWhole } from '../../base/files/files.js';
import { weightsOf } from '../../models/graph/graph.js';
import { heading } from '../../runs/checkpoint.js';
import { writeSafetensors } from '../../runs/safetensors.js';
import { factsOf, factTexts } from './facts.js';
import type { Target } from './target.js';

/** Weights alone: names and layouts as in a run folder, what else there is to know as metadata. */
export const safetensors: Target = {
  isFolder: false,
  takes: {},
  example: (model) => `${model}.safetensors`,
  async write(network, path) {
    const { graph, name, weights } = network;
    const metadata = { ...factTexts(factsOf(network)), ...heading(name) };
    await writeWhole(path, { what: 'the weights' }, (handle) => writeSafetensors(handle, weights, metadata));
    const count = weightsOf(graph).length;
    return {
      files: [{ path, bytes: statSync(path).size }],
      form: `${count} tensors, kernels as [height, width, in, out] and [in, out]`,
      largestDifference: null,
      notes: [],
    };
  },
};
