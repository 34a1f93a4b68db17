import { statSync } from 'node:fs';
import { join } from 'node:path';
import { makeOutFolder, writeWhole, writeWholeText } from '../../base/files/files.js';
import { cnnzooVersion } from '../../base/files/version.js';
import { isClassifier, outputNode, withoutAuxiliaries } from '../../models/graph/graph.js';
import { writeSafetensors } from '../../runs/safetensors.js';
import { factsOf, factTexts } from './facts.js';
import { modelFile } from './pytorch/model-file.js';
import { className } from './pytorch/names.js';
import { stateDict } from './pytorch/state-dict.js';
import type { Target } from './target.js';

const MODEL = 'model.py';
const WEIGHTS = 'weights.safetensors';

/** A folder with the network as Python that a student can read, and its weights in PyTorch's layouts. */
export const pytorch: Target = {
  isFolder: true,
  takes: {},
  example: (model) => `${model}-pytorch`,
  async write(network, path) {
    const graph = withoutAuxiliaries(network.graph);
    const facts = factsOf(network);
    const tensors = stateDict(graph, network.weights);
    makeOutFolder(path);
    const [model, weights] = [join(path, MODEL), join(path, WEIGHTS)];
    const metadata = { ...factTexts(facts), format: 'pt', inputLayout: 'NCHW' };
    await writeWhole(weights, { what: 'the weights' }, (handle) =>
      writeSafetensors(handle, tensors, metadata),
    );
    const origin = [
      `${facts.title}: ${facts.model} of cnnzoo ${cnnzooVersion()}, with ${facts.weights}, in PyTorch.`,
    ];
    const text = modelFile(graph, { origin, preprocessing: facts.preprocessing });
    await writeWholeText(model, { what: 'the model' }, text);
    const [height, width, channels] = graph.input;
    const output = outputNode(graph).outputShape.join(', ');
    return {
      files: [model, weights].map((file) => ({ path: file, bytes: statSync(file).size })),
      form: `class ${className(graph.name)}, [N, ${channels}, ${height}, ${width}] to ${isClassifier(graph) ? 'probabilities ' : ''}[N, ${output}]`,
      largestDifference: null,
      notes: [],
    };
  },
};
