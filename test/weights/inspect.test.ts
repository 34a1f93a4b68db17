import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeNew } from '../../src/base/files/files.js';
import type { Tensor } from '../../src/base/tensor.js';
import { buildGraph } from '../../src/models/build.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { writeSafetensors } from '../../src/runs/safetensors.js';
import { onnx } from '../../src/tasks/export/onnx.js';
import { safetensors } from '../../src/tasks/export/safetensors.js';
import { FAMILIES } from '../../src/weights/families/index.js';
import { inspectWeights } from '../../src/weights/inspect.js';
import { readWeightsFile } from '../../src/weights/read-weights.js';
import { cnnzoo } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { networkOf, zooNetwork } from '../support/networks/networks.js';
import { trainHere, writeModel } from '../support/training.js';

const test = suite('what a file of weights is');

const folder = temporaryFolder();
const FIXTURES = new URL('../fixtures/weights/', import.meta.url).pathname;

async function write(name: string, tensors: ReadonlyMap<string, Tensor>): Promise<string> {
  const path = join(folder, name);
  await writeNew(path, (handle) => writeSafetensors(handle, tensors));
  return path;
}

/** A network's weights under the names and in the layout of PyTorch: kernels turned, what is flattened left out. */
function asTorch(
  weights: ReadonlyMap<string, Tensor>,
  rename: (name: string) => string,
): Map<string, Tensor> {
  const parts = { kernel: 'weight', bias: 'bias' } as Record<string, string>;
  return new Map(
    [...weights].map(([full, { shape, data }]) => {
      const [layer, part] = full.split('/') as [string, string];
      const name = `${rename(layer)}.${parts[part]}`;
      if (part !== 'kernel') return [name, { shape, data }];
      const [filters, rest] = [shape.at(-1)!, shape.slice(0, -1)];
      const [high, wide, channels] =
        rest.length === 1 ? [1, 1, rest[0]!] : (rest as [number, number, number]);
      const turned = new Float32Array(data.length);
      data.forEach((value, at) => {
        const [filter, place] = [at % filters, Math.floor(at / filters)];
        const [channel, pixel] = [place % channels, Math.floor(place / channels)];
        turned[(filter * channels + channel) * high * wide + pixel] = value;
      });
      const shapeOfTorch = rest.length === 1 ? [filters, channels] : [filters, channels, high, wide];
      return [name, { shape: shapeOfTorch, data: turned }];
    }),
  );
}

test('the models that a family names are in the zoo', () => {
  const names = modelNames();
  for (const { models } of FAMILIES) for (const model of models) assert.ok(names.includes(model), model);
});

test('weights FILE --json: format, family, tensors, metadata, fits', async () => {
  const { code, stdout } = await cnnzoo(folder, ['weights', join(FIXTURES, 'resnet.pt'), '--json']);
  assert.is(code, 0);
  const { tensors, ...rest } = JSON.parse(stdout) as { tensors: { name: string }[] };
  assert.equal(rest, {
    format: 'pytorch',
    family: 'torchvision-resnet',
    metadata: { epoch: 7 },
    fits: [],
    pixels: {
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      resize: { shorter: 256, crop: 224, interpolation: 'bilinear' },
    },
  });
  assert.equal(tensors[0], { name: 'conv1.weight', dtype: 'F32', shape: [4, 3, 7, 7] });
  assert.is(tensors.filter(({ name }) => name.endsWith('num_batches_tracked')).length, 8);
});

test('what a network was exported to fits it, and a run folder is such a file', async () => {
  const network = zooNetwork('lenet5');
  const paths = { onnx: join(folder, 'lenet5.onnx'), safetensors: join(folder, 'lenet5.safetensors') };
  await onnx.write(network, paths.onnx);
  await safetensors.write(network, paths.safetensors);
  for (const path of Object.values(paths)) {
    const { fits, family, wayOut } = await inspectWeights(path);
    assert.equal([fits, family, wayOut], [['lenet5'], 'cnnzoo', null]);
  }
  const model = writeModel(folder);
  const { dir } = await trainHere({ model, epochs: 1, limit: 200, runDir: join(folder, 'run') });
  const { format, fits } = await inspectWeights(dir);
  assert.equal([format, fits], ['run', []]);
  const graph = buildGraph(loadModel(model));
  const [ofRun, ofFile] = await Promise.all(
    [dir, join(dir, 'weights.safetensors')].map((path) => readWeightsFile(path, graph)),
  );
  assert.equal(ofRun!.weights, ofFile!.weights);
});

test('with other classes: what would make it fit', async () => {
  const network = networkOf(buildGraph(loadModel('lenet5'), { classes: 3 }));
  const path = join(folder, 'three.safetensors');
  await safetensors.write(network, path);
  const { fits, wayOut } = await inspectWeights(path);
  assert.equal(fits, []);
  assert.is(wayOut, 'It fits lenet5 with 3 classes: give a config of its own with `classes: 3`.');
});

test("our own names in PyTorch's layout", async () => {
  const { graph, weights } = zooNetwork('mnist-no-pool');
  const renamed = asTorch(weights, (name) => name.replace(/\W/g, '_'));
  const flat = graph.nodes.filter(({ kind }) => kind === 'flatten');
  const path = await write('own-torch.safetensors', renamed);
  const read = await readWeightsFile(path, graph);
  // Behind a flattened map PyTorch counts channel by channel; those weights are not where they were.
  for (const [name, tensor] of weights) {
    const node = graph.nodes.find((layer) => name.startsWith(`${layer.name}/`))!;
    const isFlat = flat.some((layer) => node.inputs.includes(layer.name));
    if (!(isFlat && name.endsWith('kernel'))) assert.equal(read.weights.get(name), tensor, name);
  }
});

test('layers of one shape in branches, with names that say nothing: what is ambiguous is said', async () => {
  const model = join(folder, 'branches.yaml');
  writeFileSync(
    model,
    `title: branches
input: [8, 8, 3]
classes: 3
dataset: shapes
training: { optimizer: sgd }
layers:
  - branches:
      join: add
      paths: [[conv2d: { filters: 4, kernelSize: 1 }], [conv2d: { filters: 4, kernelSize: 1 }]]
  - globalAvgPool2d
  - dense: { units: classes, activation: softmax }
`,
  );
  const network = networkOf(buildGraph(loadModel(model)));
  const path = await write(
    'unnamed.safetensors',
    asTorch(network.weights, (name) => `x.${name.length}${name}`),
  );
  assert.is(
    await readWeightsFile(path, network.graph).then(
      () => 'taken',
      (error: Error) => error.message.replaceAll(path, 'FILE'),
    ),
    'FILE does not fit: its "x.8conv2d_1" and "x.8conv2d_2" have one shape and could each belong to conv2d_1 and conv2d_2, ' +
      'and its names are of no family that is known. Let the program that made it write an ONNX file, which says how layers are connected. cnnzoo weights FILE says which models take it.',
  );
});

test.run();
