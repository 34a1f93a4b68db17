import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.js';
import type { Tensors } from '../../../src/base/tensor.js';
import { weightsOf, withoutAuxiliaries } from '../../../src/models/graph/graph.js';
import { loadModel, modelNames } from '../../../src/models/zoo.js';
import { pytorch } from '../../../src/tasks/export/pytorch.js';
import { predictImages } from '../../../src/tasks/predict/predict.js';
import { type Network, openNetwork } from '../../../src/training/evaluation/network.js';
import { readWeightsFile } from '../../../src/weights/read-weights.js';
import { PYTHON } from '../../support/files/python.js';
import { askTorch, torchMissing } from '../../support/files/torch-peer.js';
import { temporaryFolder } from '../../support/folders.js';
import { networkOf, SAMPLES, zooNetwork } from '../../support/networks/networks.js';
import { graphOf } from '../../support/networks/parity.js';
import { randomNetwork } from '../../support/networks/random-network.js';

const test = suite('networks for PyTorch');
const missing = torchMissing();
if (missing !== null) console.log(missing);
const withTorch = missing === null ? test : test.skip;
const folder = temporaryFolder();

const RANDOM = 30;
const LAYERS = {
  'a flattened map under batch norm and dropout, and one that joins another':
    '  - conv2d: { filters: 3, kernelSize: 3 }\n  - flatten\n  - batchNorm\n  - dropout: 0.5\n  - dense: { units: 7, activation: tanh }\n  - dense: { units: classes, activation: softmax }\n',
  'branches that are flattened apart':
    '  - branches: { paths: [[flatten], [conv2d: { filters: 3, kernelSize: 3 }, flatten], [globalAvgPool2d]] }\n  - dense: { units: classes, activation: softmax }\n',
  'windows that reach over one side only':
    '  - avgPool2d: { poolSize: 2, strides: 1, padding: same }\n  - maxPool2d: { poolSize: [3, 2], strides: [2, 3], padding: same }\n  - conv2d: { filters: 4, kernelSize: 4, strides: 3, padding: same, activation: scaledTanh }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n',
} as const;

const small = modelNames().filter((name) => loadModel(name).config.input[0] < 64);
const NETWORKS: readonly (readonly [string, () => Network])[] = [
  ...small.map((name) => [name, () => zooNetwork(name)] as const),
  ...Object.entries(SAMPLES).map(([sample, graph]) => [sample, () => networkOf(graph())] as const),
  ...Object.entries(LAYERS).map(([what, layers]) => [what, () => networkOf(graphOf(layers))] as const),
  ...Array.from(
    { length: RANDOM },
    (_, seed) => [`random network ${seed}`, () => networkOf(randomNetwork(seed).graph)] as const,
  ),
];

withTorch('model.py gives our outputs of small networks of the zoo and of random ones', async () => {
  const opinions = await askTorch(
    NETWORKS.map(([, make]) => make()),
    folder,
  );
  for (const [i, { problem, largestDifference }] of opinions.entries()) {
    assert.is(problem, null, `${NETWORKS[i]![0]}: ${problem}`);
    assert.ok(largestDifference < 1e-5, `${NETWORKS[i]![0]} differs by ${largestDifference}`);
  }
});

/** Those that are there after training. */
function lasting({ graph, weights }: Network): Tensors {
  const names = new Set(weightsOf(withoutAuxiliaries(graph)).map(({ fullName }) => fullName));
  return new Map([...weights].filter(([name]) => names.has(name)));
}

test('its weights come back in with the same bits', async () => {
  for (const [name, make] of NETWORKS.slice(0, -RANDOM)) {
    // Their weights are of kinds that PyTorch has no names for.
    if (name.startsWith('lenet5-1998') || /1998/.test(name)) continue;
    const network = make();
    const path = join(folder, 'back');
    await pytorch.write(network, path);
    const { weights, facts } = await readWeightsFile(join(path, 'weights.safetensors'), network.graph);
    for (const [weight, tensor] of lasting(network))
      assert.equal(weights.get(weight), tensor, `${name}: ${weight}`);
    assert.equal(facts?.labels, network.classes, name);
  }
});

test('two layers never have one name in Python, nor a word of its own', async () => {
  const layers =
    '  - conv2d: { name: image_conv, filters: 2, kernelSize: 1 }\n  - conv2d: { name: class, filters: 2, kernelSize: 3 }\n  - conv2d: { name: a-b, filters: 2, kernelSize: 3 }\n  - conv2d: { name: a_b, filters: 2, kernelSize: 3 }\n  - flatten\n  - dense: { name: forward, units: classes, activation: softmax }\n';
  const network = networkOf(graphOf(layers));
  await pytorch.write(network, join(folder, 'names'));
  const text = readFileSync(join(folder, 'names/model.py'), 'utf8');
  assert.match(text, /def logits\(self, x\):\n {8}x = self\.image_conv\(x\)/);
  assert.match(text, /self\.class_ = nn\.Conv2d\(2, 2, 3\)/);
  assert.match(text, /self\.a_b = .*\n {8}self\.a_b_ = /);
  assert.match(text, /self\.forward_ = nn\.Linear\(8, 3\)/);
});

test('a title cannot end the text that it stands in', async () => {
  const network = zooNetwork('lenet5');
  const graph = { ...network.graph, title: '"""\nimport os; os.abort()\n"""\\' };
  await pytorch.write({ ...network, graph }, join(folder, 'title'));
  const text = readFileSync(join(folder, 'title/model.py'), 'utf8');
  assert.is(text.split('"""')[2], readFileSync(join(await plain(), 'model.py'), 'utf8').split('"""')[2]);
});

async function plain(): Promise<string> {
  await pytorch.write(zooNetwork('lenet5'), join(folder, 'plain'));
  return join(folder, 'plain');
}

withTorch('model.py classifies pictures by itself', async () => {
  const path = await plain();
  const picture = join(folder, 'seven.png');
  writeFileSync(
    picture,
    await sharp({ create: { width: 40, height: 40, channels: 3, background: '#888' } })
      .png()
      .toBuffer(),
  );
  const { status, stdout, stderr } = spawnSync(PYTHON, [join(path, 'model.py'), picture], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  assert.match(stdout, /seven\.png: label \d 0\.\d{4}\n$/);
  assert.ok(statSync(join(path, 'weights.safetensors')).size > 4 * 61_706);
});

withTorch('model.py prepares a picture as the weights want it: resized, cropped, blue first', async () => {
  const model = join(folder, 'prepared.yaml');
  writeFileSync(
    model,
    `title: Prepared
input: [22, 26, 3]
classes: 3
dataset: shapes
pixels:
  scale: 1
  mean: [104, 117, 124]
  std: [50, 60, 70]
  channelOrder: bgr
  resize: { shorter: 25, crop: 20, interpolation: bicubic }
layers:
  - conv2d: { filters: 5, kernelSize: 3, activation: relu }
  - flatten
  - dense: { units: classes, activation: softmax }
training: { optimizer: adam }
`,
  );
  const picture = join(folder, 'coloured.png');
  const random = randomStream(5, 'picture');
  const raw = { width: 61, height: 47, channels: 3 } as const;
  const bytes = Uint8Array.from({ length: 61 * 47 * 3 }, (_, i) => (i % 3) * 60 + random.below(120));
  await sharp(bytes, { raw }).png().toFile(picture);
  const network = await openNetwork(model, undefined, () => {});
  const weights = join(folder, 'prepared-weights');
  await pytorch.write({ ...network, weights: networkOf(network.graph).weights }, weights);
  const file = join(weights, 'weights.safetensors');
  const request = { run: model, images: [picture], weights: file, engine: 'onnx', device: 'cpu' } as const;
  const { images } = await predictImages({ ...request, top: 1 }, () => {});
  const own = images[0]!.predictions[0]!;
  const { status, stdout, stderr } = spawnSync(PYTHON, [join(weights, 'model.py'), picture], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const [, label, probability] = /: (.+) (\d\.\d{4})\n$/.exec(stdout)!;
  assert.is(label, own.label);
  assert.ok(own.probability < 0.999, 'the answer depends on the picture');
  assert.ok(Math.abs(Number(probability) - own.probability) < 1e-4, `${stdout} ${own.probability}`);
});

test.run();
