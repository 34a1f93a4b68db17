import { statSync } from 'node:fs';
import { weightsOf } from '../models/graph.js';
import { heading } from '../training/checkpoint.js';
import { writeWhole } from '../training/files.js';
import { writeSafetensors } from '../training/safetensors.js';
import { factsOf, factTexts } from './facts.js';
import type { Target } from './targets.js';

/** Weights alone: names and layouts as in a run folder, what else there is to know as metadata. */
export const safetensors: Target = {
  isFolder: false,
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
