import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeModel, type ReadModel } from '../../../src/engines/onnx/write/proto.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import { loadModel, modelNames } from '../../../src/models/zoo.js';
import { readSafetensors } from '../../../src/runs/safetensors.js';
import { halved } from '../../../src/tasks/export/halved.js';
import { compareWithOurs, onnx, ownProbabilities, testImages } from '../../../src/tasks/export/onnx.js';
import { safetensors } from '../../../src/tasks/export/safetensors.js';
import { tfjs } from '../../../src/tasks/export/tfjs.js';
import type { Network } from '../../../src/training/evaluation/network.js';
import { ROOT, runShell } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { networkOf, SAMPLES, scaledPixels, zooNetwork } from '../../support/networks/networks.js';
import { engines, randomBatch } from '../../support/networks/parity.js';
import { outcomeOf } from '../../support/processes.js';
import { servedOver } from '../../support/screens/browser.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const SMALL = modelNames().filter((name) => loadModel(name).config.input[0] < 64);
const NETWORKS: readonly (readonly [string, () => Network])[] = [
  ...SMALL.map((name) => [name, () => zooNetwork(name)] as const),
  ...Object.entries(SAMPLES).map(([name, graph]) => [name, () => networkOf(graph())] as const),
];

for (const [name, make] of NETWORKS) {
  test(`ONNX: ${name} gives our own outputs`, async () => {
    const network = make();
    const path = join(folder, 'model.onnx');
    const { largestDifference } = await onnx.write(network, path);
    assert.ok(largestDifference! < 1e-5, `differs by ${largestDifference}`);
    const probabilities = await ownProbabilities(network, testImages(network.graph));
    assert.ok(Math.max(...probabilities) > 1.2 / network.graph.classes, 'the outputs are all alike');
    const { graph } = decodeModel(readFileSync(path));
    const domains = new Set(graph!.node.map(({ domain }) => domain ?? ''));
    assert.equal([...domains], [''], 'standard operators only');
    const known = new Set(network.weights.keys());
    const stored = graph!.initializer.map((tensor) => tensor.name!).filter((tensor) => known.has(tensor));
    const inUse = [...known].filter((weight) => !weight.startsWith('dense_') || stored.includes(weight));
    assert.equal(stored.sort(), inUse.sort());
  });
}

test('ONNX: an engine that shares nothing with the file says the same', async () => {
  for (const graph of [zooNetwork('lenet5').graph, ...Object.values(SAMPLES).map((make) => make())]) {
    const network = networkOf(graph);
    const path = join(folder, 'model.onnx');
    await onnx.write(network, path);
    const tensorflow = await engines.tensorflow();
    const images = testImages(graph);
    const program = await tensorflow.inferenceProgram(graph, { batchSize: 3 });
    await program.load(network.weights);
    const batch = { ...randomBatch(graph, 3), pixels: images };
    const { probabilities } = await program.run(batch).finally(() => tensorflow.dispose());
    const ours = await ownProbabilities(network, images);
    for (const [i, p] of probabilities.entries())
      assert.ok(Math.abs(p - ours[i]!) < 1e-5, `${graph.name} ${i}`);
  }
});

test('ONNX: the file says what goes in and comes out', async () => {
  const network = { ...zooNetwork('lenet5-1998'), origin: 'best, of epoch 3' };
  const path = join(folder, 'facts.onnx');
  await onnx.write(network, path);
  const model = decodeModel(readFileSync(path));
  const facts = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  assert.equal(JSON.parse(facts.labels!), network.classes);
  assert.equal(
    [
      facts.model,
      facts.inputName,
      facts.inputLayout,
      facts.inputHeight,
      facts.inputWidth,
      facts.inputChannels,
    ],
    ['lenet5-1998', 'image', 'NCHW', '28', '28', 'grey'],
  );
  assert.equal([facts.outputName, facts.weights], ['probabilities', 'best, of epoch 3']);
  assert.equal(JSON.parse(facts.greyWeights!), [0.299, 0.587, 0.114]);
  assert.match(
    facts.preprocessing!,
    /; grey is round\(0\.299 R \+ 0\.587 G \+ 0\.114 B\) of sRGB bytes \(Rec\. 601/,
  );
  // -0.1 to 1.175: black and white of the paper.
  const [mean, std] = [JSON.parse(facts.mean!)[0], JSON.parse(facts.std!)[0]] as [number, number];
  assert.ok(Math.abs((0 - mean) / std + 0.1) < 1e-6 && Math.abs((1 - mean) / std - 1.175) < 1e-6);
  assert.is(model.producerName, 'cnnzoo');
});

test('ONNX: opset 17 of IR version 8, and attributes that are zero carry their value', async () => {
  const path = join(folder, 'zeros.onnx');
  await onnx.write(zooNetwork('lenet5'), path);
  const model = decodeModel(readFileSync(path)) as ReadModel & {
    readonly irVersion: unknown;
    readonly opsetImport: readonly { readonly domain: string; readonly version: unknown }[];
  };
  assert.is(Number(model.irVersion), 8);
  assert.equal(
    model.opsetImport.map(({ domain, version }) => [domain, Number(version)]),
    [['', 17]],
  );
  const pools = model.graph!.node.filter(({ opType }) => opType === 'AveragePool');
  const zeros = pools.map(({ attribute }) => attribute!.find(({ name }) => name === 'count_include_pad')!);
  assert.equal(
    zeros.map((zero) => [Object.hasOwn(zero, 'i'), Number(zero.i)]),
    [
      [true, 0],
      [true, 0],
    ],
  );
});

test('ONNX: what differs from ours is not written, and the file that was there stays', async () => {
  const network = networkOf(SAMPLES['lrn, inception, auxiliary classifier']!());
  const place = join(folder, 'kept');
  const made = runShell(`mkdir ${place}`);
  assert.is(made.code, 0);
  const path = join(place, 'model.onnx');
  await onnx.write(network, path);
  const other = networkOf(network.graph, 8);
  const refusal = await compareWithOurs(other, path).catch((error: Error) => error.message);
  assert.match(
    String(refusal),
    /^internal: the exported network's probabilities differ from ours by 0\.\d+, more than/,
  );
  const before = readFileSync(path);
  const broken = { ...network, weights: new Map([...network.weights].slice(1)) };
  const [lost] = network.weights.keys();
  const error = await onnx.write(broken, path).catch((error: Error) => error.message);
  assert.is(error, `There is no tensor "${lost}" among the weights.`);
  const scaled: Graph = { ...network.graph, pixels: { scale: [Number.NaN, 1, 1], offset: [0, 0, 0] } };
  await onnx.write({ ...network, graph: scaled }, path).then(
    () => assert.unreachable('outputs that are not numbers were written'),
    () => {},
  );
  assert.equal(readFileSync(path), before);
  assert.equal(readdirSync(place), ['model.onnx']);
});

async function outputOf(file: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['--import', './test/support/register.js', file, ...args], {
    cwd: ROOT,
  });
  const { code, stdout, stderr } = await outcomeOf(child);
  assert.is(code, 0, stderr);
  return stdout;
}

test('TensorFlow.js loads what was exported over HTTP and says the same', async () => {
  const root = temporaryFolder();
  const networks = new Map([
    ...SMALL.filter((name) => name !== 'mnist-no-pool' && name !== 'fashion-cnn').map(
      (name) => [name, zooNetwork(name)] as const,
    ),
    ...Object.values(SAMPLES).map((make, i) => [`sample-${i}`, networkOf(make())] as const),
  ]);
  for (const [name, network] of networks) {
    const { notes } = await tfjs.write(network, join(root, name));
    const custom = notes.join().match(/does not know (.*): call registerLayers/)?.[1] ?? '';
    if (name === 'sample-0') assert.is(custom, 'LocalResponseNormalization');
    // A residual network pads before a max pool, but after a relu.
    if (['lenet5', 'resnet18-small', 'sample-1'].includes(name)) assert.is(custom, '');
    const values = scaledPixels(network.graph, testImages(network.graph));
    writeFileSync(join(root, `${name}.input`), new Uint8Array(values.buffer));
  }
  const half = halved(zooNetwork('lenet5'));
  await tfjs.write(zooNetwork('lenet5'), join(root, 'half'), { dtype: 'float16' });
  const images = scaledPixels(half.graph, testImages(half.graph));
  writeFileSync(join(root, 'half.input'), new Uint8Array(images.buffer));
  networks.set('half', half);
  writeFileSync(join(root, 'names.txt'), [...networks.keys()].join('\n'));
  const text = await servedOver(root, (address) =>
    outputOf('test/support/screens/tfjs-load.ts', [address, root]),
  );
  const outputs = JSON.parse(text) as Record<string, number[]>;
  for (const [name, network] of networks) {
    const ours = await ownProbabilities(network, testImages(network.graph));
    assert.is(outputs[name]!.length, ours.length);
    for (const [i, p] of ours.entries()) assert.ok(Math.abs(p - outputs[name]![i]!) < 1e-5, `${name} ${i}`);
  }
});

test('TensorFlow.js: in shards; a new export replaces the old one and leaves nothing of it', async () => {
  const place = join(folder, 'web');
  const large = zooNetwork('mnist-no-pool');
  const { files } = await tfjs.write(large, place);
  assert.equal([files.length, files[1]!.bytes], [17, 4 * 1024 * 1024]);
  writeFileSync(join(place, 'index.html'), 'a page');
  await tfjs.write(zooNetwork('lenet5'), place);
  const left = readdirSync(place).sort();
  assert.equal([left.length, left[0], left[1]], [3, 'index.html', 'model.json']);
  const json = JSON.parse(readFileSync(join(place, 'model.json'), 'utf8'));
  assert.equal(json.weightsManifest[0].paths, [left[2]]);
  assert.equal(json.modelTopology.config.layers[0].config.batch_input_shape, [null, 28, 28, 1]);
  assert.is(json.userDefinedMetadata.inputLayout, 'NHWC');
});

test('safetensors: names, layouts and values as in the run folder', async () => {
  const { dir } = await trainHere({
    model: writeModel(folder),
    limit: 50,
    epochs: 1,
    runDir: join(folder, 'run'),
  });
  const path = join(folder, 'run.safetensors');
  const done = runShell(`cnnzoo export ${dir} --to safetensors --out ${path} --json`);
  assert.equal([done.code, done.stderr], [0, '']);
  const json = JSON.parse(done.stdout);
  assert.equal(Object.keys(json), ['item', 'model', 'to', 'out', 'weights', 'files', 'largestDifference']);
  const [exported, own] = [
    await readSafetensors(path),
    await readSafetensors(join(dir, 'weights.safetensors')),
  ];
  assert.equal([...exported.tensors], [...own.tensors]);
  assert.equal(JSON.parse(exported.metadata.labels!).length, 10);
  assert.equal([exported.metadata.dataset, exported.metadata.model], ['digits', 'tiny']);
  const network = zooNetwork('lenet5');
  await safetensors.write(network, path);
  assert.equal([...(await readSafetensors(path)).tensors.keys()], [...network.weights.keys()]);
});

test('the command: what is wrong with PATH is said before any work', () => {
  const refused = (line: string): string => {
    const { code, stdout, stderr } = runShell(`cnnzoo export lenet5 ${line}`);
    assert.equal([code, stdout], [2, '']);
    return stderr;
  };
  const missing = join(folder, 'missing');
  assert.is(
    refused(`--to onnx --out ${missing}/a.onnx`),
    `--out ${missing}/a.onnx: there is no folder ${missing}. Make it first: mkdir -p ${missing}\n`,
  );
  assert.is(
    refused(`--to onnx --out ${folder}`),
    `--out ${folder}: that is a folder. Name a file in it, such as ${folder}/lenet5.onnx.\n`,
  );
  writeFileSync(join(folder, 'a.txt'), '');
  assert.is(
    refused(`--to tfjs --out ${folder}/a.txt`),
    `--out ${folder}/a.txt: that is a file, but --to tfjs writes a folder, such as lenet5-tfjs.\n`,
  );
  assert.is(
    refused('--to onx --out a'),
    '--to must be onnx, tfjs, web, pytorch or safetensors, got "onx". Did you mean onnx?\n',
  );
  const table = runShell(`cnnzoo export lenet5 --to onnx --out ${folder}/lenet5.onnx`);
  assert.is(table.code, 0);
  assert.match(
    table.stdout,
    /^wrote {4}\S*lenet5.onnx, 249\.\d kB\nform {5}opset 17, image \[batch, 1, 28, 28\] to/,
  );
  assert.match(
    table.stdout,
    /\nchecked {2}in ONNX Runtime: no probability differs by more than \d\.\de-\d+\n$/,
  );
  assert.is(
    table.stderr,
    'notice: lenet5 is a model, not a run: what is exported is untrained, of seed 1.\n',
  );
});

test.run();
