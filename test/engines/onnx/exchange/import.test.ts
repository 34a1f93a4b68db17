import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tensors } from '../../../../src/base/tensor.js';
import { createOnnxEngine } from '../../../../src/engines/onnx/index.js';
import { decodeModel, encodeModel } from '../../../../src/engines/onnx/write/proto.js';
import { buildGraph } from '../../../../src/models/build.js';
import { readSpec } from '../../../../src/models/config/read-spec.js';
import { parseSource } from '../../../../src/models/config/source.js';
import { type Graph, weightsOf, withoutAuxiliaries } from '../../../../src/models/graph/graph.js';
import { initialWeights } from '../../../../src/models/graph/initial-weights.js';
import { loadModel, modelNames } from '../../../../src/models/zoo.js';
import { openRun } from '../../../../src/runs/run-reader.js';
import { onnx } from '../../../../src/tasks/export/onnx.js';
import { safetensors } from '../../../../src/tasks/export/safetensors.js';
import { evaluateRun } from '../../../../src/training/evaluation/evaluate-run.js';
import { readWeightsFile } from '../../../../src/weights/read-weights.js';
import { cnnzoo } from '../../../support/cli.js';
import { fromOnnx } from '../../../support/files/weights-files.js';
import { temporaryFolder } from '../../../support/folders.js';
import { networkOf, SAMPLES, zooNetwork } from '../../../support/networks/networks.js';
import { TINY, trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const TORCH = new URL('../../../fixtures/torch-onnx/', import.meta.url);

interface Fixture {
  readonly config: { readonly layers: Record<string, unknown>[] };
  readonly images: string;
  readonly probabilities: string;
}

const fixtureOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, TORCH), 'utf8')) as Fixture;
const pathOf = (name: string) => new URL(`${name}.onnx`, TORCH).pathname;
const graphOf = (config: object): Graph =>
  buildGraph(readSpec('net', parseSource('net.yaml', JSON.stringify(config))));

async function probabilitiesOf(graph: Graph, weights: Tensors, pixels: Uint8Array): Promise<Float32Array> {
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  const program = await engine.inferenceProgram(graph, { batchSize: 3 });
  await program.load(weights);
  const batch = { pixels, labels: new Int32Array(3), count: 3, masks: new Map() };
  return (await program.run(batch).finally(() => program.dispose())).probabilities;
}

const message = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: Error) => error.message,
  );

async function assertAsPyTorch(name: string, path = pathOf(name)): Promise<readonly string[]> {
  const { config, images, probabilities } = fixtureOf(name);
  const graph = graphOf(config);
  const { weights, notes } = await readWeightsFile(path, graph);
  const expected = new Float32Array(new Uint8Array(Buffer.from(probabilities, 'base64')).buffer);
  const actual = await probabilitiesOf(graph, weights, new Uint8Array(Buffer.from(images, 'base64')));
  for (const [i, p] of expected.entries())
    assert.ok(Math.abs(actual[i]! - p) < 1e-5, `${name} ${i}: ${actual[i]}, not ${p}`);
  return notes;
}

/** How the sentence on a file for another network ends. */
const way = (path: string): string => ` cnnzoo weights ${path} says which models take it.`;

test("PyTorch's own files: kernels, the order of a flattened map, matrices either way round", async () => {
  assert.equal(await assertAsPyTorch('plain'), []);
  assert.equal(await assertAsPyTorch('channels-last'), []);
});

test('batch normalization, stored or folded into the convolutions before it, with another epsilon', async () => {
  assert.equal(await assertAsPyTorch('normed'), [
    `${pathOf('normed')} has epsilon 0.00001, where the config has 0.001, in batchNorm_1: ` +
      'the variances are changed by the difference, so that the outputs are the same.',
  ]);
  assert.equal(await assertAsPyTorch('folded'), [
    `${pathOf('folded')} has its 6 batch normalizations folded into convolutions: they only add a bias here.`,
  ]);
});

test('branches of equal shape go by their place in the result; local response normalization is known written out', async () => {
  assert.equal(await assertAsPyTorch('branches'), []);
  const { config } = fixtureOf('branches');
  const layers = structuredClone(config.layers);
  layers[1]!.lrn = { depthRadius: 2, alpha: 0.02, beta: 0.5, bias: 2 };
  assert.is(
    await message(readWeightsFile(pathOf('branches'), graphOf({ ...config, layers }))),
    `${pathOf('branches')} does not fit: Div "/stem/stem.2/Div" has beta 0.75, where lrn_1 has 0.5.${way(pathOf('branches'))}`,
  );
});

test('ResNet with its strides in the second convolutions, but not with those in the first', async () => {
  assert.equal(await assertAsPyTorch('bottleneck'), [
    `${pathOf('bottleneck')} has its 5 batch normalizations folded into convolutions: they only add a bias here.`,
  ]);
  assert.is(
    await message(readWeightsFile(pathOf('bottleneck-v1'), graphOf(fixtureOf('bottleneck-v1').config))),
    `${pathOf('bottleneck-v1')} does not fit: Conv "/road/road.0/Conv" has strides [2, 2], where conv2d_2 has [1, 1]; 1 further layer differs.${way(pathOf('bottleneck-v1'))}`,
  );
});

test('values in double and half precision', async () => {
  const model = decodeModel(readFileSync(pathOf('plain')));
  const path = join(folder, 'precision.onnx');
  const graph = graphOf(fixtureOf('plain').config);
  const readAs = async (change: (values: Float32Array) => object) => {
    const initializer = model.graph!.initializer.map(({ name, dims, rawData }) => {
      const values = new Float32Array(new Uint8Array(rawData!).buffer);
      return { name, dims, ...change(values) };
    });
    writeFileSync(
      path,
      encodeModel({ graph: { ...model.graph, initializer }, opsets: [], producerName: 'x' }),
    );
    return (await readWeightsFile(path, graph)).weights;
  };
  const raw = (data: ArrayLike<number> & { buffer: ArrayBufferLike }) => new Uint8Array(data.buffer);
  const whole = await readAs((values) => ({ dataType: 1, rawData: raw(values) }));
  assert.equal(await readAs((values) => ({ dataType: 11, rawData: raw(Float64Array.from(values)) })), whole);
  const upper = (values: Float32Array) =>
    Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  const cut = new Map(
    [...whole].map(([name, { shape, data }]) => {
      const bits = new Uint32Array(data.slice().buffer).map((value) => value & 0xffff0000);
      return [name, { shape, data: new Float32Array(bits.buffer) }];
    }),
  );
  assert.equal(await readAs((values) => ({ dataType: 16, rawData: raw(upper(values)) })), cut);
  assert.equal(await readAs((values) => ({ dataType: 16, int32Data: [...upper(values)] })), cut);
});

test('values in a file of their own, as large models have them', async () => {
  const model = decodeModel(readFileSync(pathOf('plain')));
  const parts: Uint8Array[] = [];
  let offset = 0;
  const initializer = model.graph!.initializer.map((tensor) => {
    const raw = tensor.rawData!;
    parts.push(raw);
    const place = { location: 'plain.bin', offset: String(offset), length: String(raw.length) };
    offset += raw.length;
    const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
    return { name: tensor.name, dims: tensor.dims, dataType: tensor.dataType, dataLocation: 1, externalData };
  });
  const path = join(folder, 'external.onnx');
  const write = (tensors: object) =>
    writeFileSync(
      path,
      encodeModel({ graph: { ...model.graph, initializer: tensors }, opsets: [], producerName: 'pytorch' }),
    );
  write(initializer);
  writeFileSync(join(folder, 'plain.bin'), Buffer.concat(parts));
  await assertAsPyTorch('plain', path);
  write(
    initializer.map((tensor) => ({ ...tensor, externalData: [{ key: 'location', value: '../secret' }] })),
  );
  const graph = graphOf(fixtureOf('plain').config);
  assert.match(
    await message(readWeightsFile(path, graph)),
    /keeps ".*" outside its folder, in \.\.\/secret: that is not read\. Put that file beside it/,
  );
  const at = (places: Record<string, string>) =>
    initializer.map((tensor) => ({
      ...tensor,
      externalData: Object.entries(places).map(([key, value]) => ({ key, value })),
    }));
  // Names in the folder that lead out of it, and one that does not.
  symlinkSync(join(folder, 'plain.bin'), join(folder, 'inside.bin'));
  mkdirSync(join(folder, 'folder.bin'));
  for (const location of ['/etc/hostname', '.', 'folder.bin', 'folder.bin/../../x']) {
    write(at({ location }));
    assert.match(await message(readWeightsFile(path, graph)), /keeps ".*" outside its folder|cannot be read/);
  }
  write(at({ location: 'plain.bin', offset: '-4', length: '8' }));
  assert.match(await message(readWeightsFile(path, graph)), /is damaged: ".*" lies beyond the \d+ bytes of /);
  write(at({ location: 'plain.bin', offset: '0', length: '99999999' }));
  assert.match(await message(readWeightsFile(path, graph)), /is damaged: ".*" lies beyond the \d+ bytes of /);
  const elsewhere = temporaryFolder();
  writeFileSync(join(elsewhere, 'data'), Buffer.concat(parts));
  symlinkSync(join(elsewhere, 'data'), join(folder, 'outside.bin'));
  write(at({ location: 'outside.bin' }));
  assert.match(await message(readWeightsFile(path, graph)), /keeps ".*" outside its folder, in outside\.bin/);
  write(
    initializer.map((t) => ({
      ...t,
      externalData: t.externalData.map((d) => (d.key === 'location' ? { ...d, value: 'inside.bin' } : d)),
    })),
  );
  await assertAsPyTorch('plain', path);
});

for (const [name, make] of [
  ...modelNames()
    .filter((zoo) => loadModel(zoo).config.input[0] < 64)
    .map((zoo) => [zoo, () => zooNetwork(zoo)] as const),
  ...Object.entries(SAMPLES).map(([sample, graph]) => [sample, () => networkOf(graph())] as const),
]) {
  test(`what was exported comes back bit for bit: ${name}`, async () => {
    const network = make();
    const wanted = new Map(network.weights);
    await safetensors.write(network, join(folder, 'net.safetensors'));
    assert.equal((await readWeightsFile(join(folder, 'net.safetensors'), network.graph)).weights, wanted);
    await onnx.write(network, join(folder, 'net.onnx'));
    const { weights } = await readWeightsFile(join(folder, 'net.onnx'), network.graph);
    const inUse = weightsOf(withoutAuxiliaries(network.graph)).map(({ fullName }) => fullName);
    assert.equal(weights, new Map(inUse.map((weight) => [weight, wanted.get(weight)!])));
  });
}

test('the first tensor that does not fit is named, with its shape and the wanted one', async () => {
  const { config } = fixtureOf('plain');
  const refusal = (change: (layers: Record<string, unknown>[]) => unknown, file = pathOf('plain')) => {
    const layers = structuredClone(config.layers);
    change(layers);
    return message(readWeightsFile(file, graphOf({ ...config, layers })));
  };
  const begin = `${pathOf('plain')} does not fit: `;
  const end = way(pathOf('plain'));
  assert.is(
    await refusal((layers) => {
      layers[2]!.conv2d = { filters: 8, kernelSize: [2, 3], activation: 'relu' };
    }),
    `${begin}"features.3.weight" is [6, 5, 2, 3], where conv2d_2/kernel wants [8, 5, 2, 3]; 1 further layer differs.${end}`,
  );
  assert.is(
    await refusal((layers) => {
      layers[5]!.dense = { units: 9 };
    }),
    `${begin}"hidden.weight" is [7, 48], where dense_1/kernel wants [9, 48]; 1 further layer differs.${end}`,
  );
  assert.is(
    await refusal((layers) => layers.splice(5, 1)),
    `${begin}"hidden.weight" is [7, 48], where dense_1/kernel wants [4, 48].${end}`,
  );
  assert.is(
    await refusal((layers) => layers.splice(5, 0, { dense: { units: 48 } })),
    `${begin}"hidden.weight" is [7, 48], where dense_1/kernel wants [48, 48]; 1 further layer differs.${end}`,
  );
  assert.is(
    await refusal((layers) => layers.splice(6, 0, { dense: { units: 4 } })),
    `${begin}it ends before dense_3/kernel [4, 4] of a dense layer.${end}`,
  );
  assert.is(
    await refusal((layers) => layers.splice(2, 1)),
    `${begin}Conv "/features/features.3/Conv" stands where dense_1 wants a dense layer; 1 further layer differs.${end}`,
  );
  assert.is(
    await refusal((layers) => {
      layers[0]!.conv2d = { ...(layers[0]!.conv2d as object), useBias: false };
    }),
    `${begin}"features.0.bias" is [5], but conv2d_1 has no bias.${end}`,
  );
  const network = zooNetwork('lenet5');
  const [ours, tensors] = [join(folder, 'lenet5.onnx'), join(folder, 'lenet5.safetensors')];
  await onnx.write(network, ours);
  await safetensors.write(network, tensors);
  const other = buildGraph(loadModel('mnist-basic'));
  assert.is(
    await message(readWeightsFile(ours, other)),
    `${ours} does not fit: Conv "conv2d_1/Conv" has a window of [5, 5], where conv2d_1 has [3, 3]; 6 further layers differ.${way(ours)}`,
  );
  assert.is(
    await message(readWeightsFile(tensors, other)),
    `${tensors} does not fit: "conv2d_1/kernel" is [5, 5, 1, 6], where [3, 3, 1, 32] is wanted.${way(tensors)}`,
  );
  const renamed = new Map(
    [...network.weights].map(([name, tensor]) => [`net.${name.replace('/', '.')}`, tensor]),
  );
  await safetensors.write({ ...network, weights: renamed }, tensors);
  assert.is(
    await message(readWeightsFile(tensors, network.graph)),
    `${tensors} does not fit: it has no "conv2d_1/kernel", where [5, 5, 1, 6] is wanted.${way(tensors)}`,
  );
});

test('weights for another number of classes: what to give instead of the model is said', async () => {
  const network = networkOf(buildGraph(loadModel('lenet5'), { classes: 3 }));
  const [ours, tensors] = [join(folder, 'few.onnx'), join(folder, 'few.safetensors')];
  await onnx.write(network, ours);
  await safetensors.write(network, tensors);
  const { graph } = zooNetwork('lenet5');
  const end =
    '; for its 3 classes give a config of its own with `classes: 3`, such as the config.yaml of the run that it comes from; to train it for others, --new-head draws this layer anew.';
  const inOnnx = await message(readWeightsFile(ours, graph));
  assert.match(inOnnx, /\[3, 84\]|\[84, 3\]/);
  assert.ok(inOnnx.endsWith(end), inOnnx);
  const name = weightsOf(graph).at(-2)!.fullName;
  assert.is(
    await message(readWeightsFile(tensors, graph)),
    `${tensors} does not fit: "${name}" is [84, 3], where [84, 10] is wanted${end}`,
  );
});

test('what is no file of weights is said to be none', async () => {
  const { graph } = zooNetwork('lenet5');
  const path = join(folder, 'rubbish');
  writeFileSync(path, '');
  assert.is(await message(readWeightsFile(path, graph)), `${path} is empty. Fetch or save it anew.`);
  for (const rubbish of ['rubbish', 'x'.repeat(5000), Buffer.from([8, 7, 18, 3, 97, 98, 99])]) {
    writeFileSync(path, rubbish);
    assert.is(
      await message(readWeightsFile(path, graph)),
      `${path} is no file of weights that is known, or it is damaged: safetensors, PyTorch (.pth, .pt), Keras (.h5, .keras), TensorFlow.js (model.json) and ONNX can be read. Fetch it anew, or have the program that made it save one of these.`,
    );
  }
  const bytes = readFileSync(pathOf('plain'));
  for (const length of [100, 1000, bytes.length - 1]) {
    assert.throws(
      () => fromOnnx('cut.onnx', bytes.subarray(0, length), graph),
      /^cut.onnx (is no ONNX model|does not fit)/,
    );
  }
  assert.is(
    await message(readWeightsFile(join(folder, 'none'), graph)),
    `--weights ${folder}/none: there is no such file.`,
  );
  assert.is(
    await message(readWeightsFile(folder, graph)),
    `--weights ${folder}: that is a folder. Name the file of weights in it, or a run folder.`,
  );
});

test('evaluate MODEL --weights says what evaluate RUN says; train begins with them', async () => {
  const model = writeModel(folder);
  const { dir } = await trainHere({ model, limit: 400, runDir: join(folder, 'run') });
  const out = join(folder, 'run.onnx');
  assert.is((await cnnzoo(folder, ['export', dir, '--to', 'onnx', '--out', out])).code, 0);
  const wish = { split: 'test', limit: 100, ...CPU } as const;
  const ofRun = await evaluateRun({ run: dir, ...wish }, () => {});
  const ofFile = await evaluateRun({ run: model, weights: out, ...wish }, () => {});
  assert.equal(ofFile.evaluation, ofRun.evaluation);
  assert.equal([ofFile.run, ofFile.weights, ofFile.model], [null, `from ${out}`, 'tiny']);
  assert.is(
    await message(evaluateRun({ run: model, ...wish }, () => {})),
    `${model} is a model that has learned nothing yet: name a run folder, or give its weights by --weights FILE.`,
  );

  const still = { model, weights: out, limit: 100, epochs: 1, learningRate: 0.000000000001 };
  const begun = await trainHere({ ...still, runDir: join(folder, 'begun') });
  const { info } = openRun(begun.dir);
  assert.is(info.test!.accuracy, ofRun.evaluation.accuracy);
  assert.ok(Math.abs(info.test!.loss - ofRun.evaluation.loss) < 1e-5);
  assert.is(info.initialWeights!.file, out);
  assert.match(info.initialWeights!.sha256, /^[0-9a-f]{64}$/);
  assert.is(
    await message(trainHere({ resume: begun.dir, weights: join(folder, 'other.onnx') })),
    `--resume ${begun.dir}: the run was begun with the weights of ${out}, not ${join(folder, 'other.onnx')}. A run goes on with the weights that it has: leave --weights out.`,
  );
  // The same as at its begin may be said again.
  assert.match(await message(trainHere({ resume: begun.dir, weights: out })), /the run is complete/);
  const wider = writeModel(folder, TINY.replace('filters: 4', 'filters: 5'), 'wider.yaml');
  assert.is(
    await message(trainHere({ model: wider, weights: out })),
    `${out} does not fit: "conv2d_1/kernel" is [4, 1, 3, 3], where conv2d_1/kernel wants [5, 1, 3, 3]; 1 further layer differs.${way(out)}`,
  );
});

test('auxiliary classifiers that a file lacks are drawn for training', async () => {
  const config = TINY.replace(
    '  - flatten\n',
    '  - auxiliary: { layers: [flatten, dense: { units: classes, activation: softmax }] }\n  - flatten\n',
  );
  const model = writeModel(folder, config, 'aux.yaml');
  const network = networkOf(buildGraph(loadModel(model)));
  const out = join(folder, 'aux.onnx');
  await onnx.write(network, out);
  const { readInitialWeights } = await import('../../../../src/training/initial-weights.js');
  const initial = await readInitialWeights(out, network.graph, loadModel(model), { newHead: false });
  const [aux] = network.graph.auxiliaries;
  const drawn = initialWeights(network.graph, loadModel(model).config.training.seed);
  assert.equal([...initial.weights.keys()], [...network.weights.keys()]);
  for (const [name, tensor] of initial.weights) {
    assert.equal(tensor, (name.startsWith(`${aux!.node}/`) ? drawn : network.weights).get(name), name);
  }
  assert.equal(initial.notes, [
    `${out} has no weights for ${aux!.node} and what belongs to it: they are drawn by the seed.`,
  ]);
});

test('only a regular file brings weights, and no more of it is read than it has', async () => {
  const graph = buildGraph(loadModel('lenet5'));
  const why = 'it is a pipe, device or socket, where a regular file was expected';
  const pipe = join(folder, 'weights.pipe');
  if (spawnSync('mkfifo', [pipe]).status === 0)
    assert.is(await message(readWeightsFile(pipe, graph)), `--weights ${pipe}: ${why}.`);
  if (process.platform === 'linux')
    assert.is(await message(readWeightsFile('/dev/zero', graph)), `--weights /dev/zero: ${why}.`);
  assert.is(
    await message(readWeightsFile(folder, graph)),
    `--weights ${folder}: that is a folder. Name the file of weights in it, or a run folder.`,
  );
  const header = Buffer.from(
    '{"x":{"dtype":"F32","shape":[500000000000],"data_offsets":[0,2000000000000]}}   ',
  );
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const large = join(folder, 'large.safetensors');
  writeFileSync(large, Buffer.concat([prefix, header, Buffer.alloc(8)]));
  assert.match(
    await message(readWeightsFile(large, graph)),
    /is torn: it should have 2000000000000 bytes of values, but has 8\. Fetch or save it anew\.$/,
  );
  writeFileSync(large, Buffer.concat([readFileSync(large), Buffer.alloc(1)]));
  // As large as the header says, but full of holes: more than any memory.
  truncateSync(large, 8 + header.length + 2_000_000_000_000);
  assert.is(
    await message(readWeightsFile(large, graph)),
    `${large} does not fit: the names of its tensors, such as "x", are none of weights of layers.${way(large)}`,
  );
});

test.run();
