import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/models/graph/graph.js';
import { readWeightsFile } from '../../src/weights/read-weights.js';
import '../support/flags.js';
import { assertAsTold, type Told, toldGraph } from '../support/networks/told-networks.js';

const test = suite('files of PyTorch and Keras');

const FOLDER = new URL('../fixtures/weights/', import.meta.url);

const pathOf = (file: string): string => new URL(file, FOLDER).pathname;

const toldIn = (name: string): Told =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Told;

/** Files, and the network in PyTorch whose weights they have. */
const FILES: Readonly<Record<string, string>> = {
  'vgg.pth': 'vgg',
  'vgg-parameters.pth': 'vgg',
  'vgg-bn.pth': 'vgg-bn',
  'vgg-timm.safetensors': 'vgg-timm',
  'alexnet.safetensors': 'alexnet',
  'resnet.pt': 'resnet',
  'resnet-bottleneck.pth': 'resnet-bottleneck',
  'resnet-bottleneck-half.safetensors': 'resnet-bottleneck',
  'googlenet-bfloat16.safetensors': 'googlenet',
  'keras-vgg.h5': 'keras-vgg',
  'keras-vgg-1.h5': 'keras-vgg',
  'keras-resnet.h5': 'keras-resnet',
  'keras-resnet.weights.h5': 'keras-resnet',
  'keras-resnet.keras': 'keras-resnet',
  'keras-chain.weights.h5': 'keras-chain',
};

for (const [file, name] of Object.entries(FILES)) {
  test(`${file} gives PyTorch's probabilities to 1e-5`, async () => {
    const told = toldIn(name);
    const notes = await assertAsTold(told, toldGraph(told), pathOf(file));
    assert.equal(notes, []);
  });
}

test('a file for another network is refused by its first layer that does not fit', async () => {
  const refusal = async (file: string, name: string, change = (text: string) => text): Promise<string> => {
    const told = JSON.parse(change(JSON.stringify(toldIn(name)))) as Told;
    const graph: Graph = toldGraph(told);
    return readWeightsFile(pathOf(file), graph).then(
      () => 'taken',
      (error: Error) => error.message.replaceAll(pathOf(file), 'FILE'),
    );
  };
  assert.is(
    await refusal('vgg.pth', 'vgg-bn'),
    'FILE does not fit: its "features.3" is a convolution, where batchNorm_1 (batchNorm) is wanted. cnnzoo weights FILE says which models take it.',
  );
  assert.is(
    await refusal('vgg.pth', 'vgg', (text) => text.replace('"classes":5', '"classes":4')),
    'FILE does not fit: its "classifier.6.weight" is [5, 12], where dense_3 wants [4, 12]; for its 5 classes give a config of its own with `classes: 5`, such as the config.yaml of the run that it comes from; to train it for others, --new-head draws this layer anew.',
  );
  assert.is(
    await refusal('resnet-bottleneck.pth', 'resnet-bottleneck', (text) =>
      text.replaceAll('"bottleneck":true', '"bottleneck":true,"strideIn":"first"'),
    ),
    'FILE does not fit: its "layer2.0.conv1" moves by 1, but conv2d_9 by 2: these weights are for resnet18, resnet34, resnet50. cnnzoo weights FILE says which models take it.',
  );
});

test.run();
