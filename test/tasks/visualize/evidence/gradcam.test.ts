import { open } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../../src/base/random.js';
import type { Tensors } from '../../../../src/base/tensor.js';
import { loadDataset } from '../../../../src/data/index.js';
import type { DataNotice } from '../../../../src/data/sets/dataset.js';
import { buildGraph } from '../../../../src/models/build.js';
import { asLogits, type Graph, withoutAuxiliaries } from '../../../../src/models/graph/graph.js';
import { loadModel, modelNames } from '../../../../src/models/zoo.js';
import { gradcamPicture } from '../../../../src/report/pictures/gradcam.js';
import { renderPng } from '../../../../src/report/pictures/out.js';
import { writeSafetensors } from '../../../../src/runs/safetensors.js';
import { predictImages } from '../../../../src/tasks/predict/predict.js';
import { type Gradcam, gradcam } from '../../../../src/tasks/visualize/evidence/gradcam.js';
import { spread } from '../../../../src/tasks/visualize/evidence/spread.js';
import { hasPlaces, lastMaps } from '../../../../src/tasks/visualize/layers.js';
import { temporaryFolder } from '../../../support/folders.js';
import { type Answering, answering } from '../../../support/networks/formula.js';
import { scaledPixels } from '../../../support/networks/networks.js';
import { randomWeights, relativeDifference } from '../../../support/networks/parity.js';
import { randomNetwork } from '../../../support/networks/random-network.js';
import { smallDigits } from '../../../support/networks/small-digits.js';
import { plainDrawing, refusal } from '../../../support/screens/drawing.js';
import { trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

/** The layer whose maps are the last before places are left behind. */
const LAST: Readonly<Record<string, string | undefined>> = {
  alexnet: 'maxPool2d_3',
  'alexnet-owt': 'maxPool2d_3',
  'fashion-cnn': 'maxPool2d_3',
  googlenet: 'inception_5b',
  'googlenet-bn': 'inception_5b',
  'googlenet-small': 'inception_4c',
  lenet5: 'avgPool2d_2',
  'lenet5-1998': 'S4',
  'mnist-basic': 'conv2d_3',
  // It has no maps at all.
  'mnist-mlp': undefined,
  'mnist-no-pool': 'conv2d_3',
  resnet18: 'activation_17',
  'resnet18-small': 'activation_17',
  resnet34: 'activation_33',
  resnet50: 'activation_49',
  'resnet50-v1': 'activation_49',
  'simple-convnet': 'maxPool2d_1',
  'vgg-small': 'maxPool2d_3',
  vgg11: 'maxPool2d_5',
  vgg13: 'maxPool2d_5',
  vgg16: 'maxPool2d_5',
  'vgg16-bn': 'maxPool2d_5',
  vgg19: 'maxPool2d_5',
};

test('of every network of the zoo the last maps before flatten or global pooling are taken', () => {
  const found = modelNames().map((name) => [name, lastMaps(buildGraph(loadModel(name)))?.name]);
  assert.equal(Object.fromEntries(found), LAST);
});

/** A noisy picture of a network's size, as a file and as its bytes. */
async function noise({ input: [height, width, channels] }: Graph, seed: number) {
  const random = randomStream(seed, 'picture');
  const pixels = new Uint8Array(height * width * channels).map(() => random.below(256));
  const file = join(folder, `${seed}.png`);
  await sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 } })
    .png()
    .toFile(file);
  return { file, pixels };
}

async function writeWeights(weights: Tensors, name: string): Promise<string> {
  const path = join(folder, name);
  const handle = await open(path, 'w');
  await writeSafetensors(handle, weights);
  await handle.close();
  return path;
}

/** By how much a channel raises the answer, from below and from above, where all of its places are moved: for each place. */
function slopes({ maps, answer }: Answering, channel: number): readonly [number, number] {
  const [height, width, depth] = maps.shape as [number, number, number];
  const step = 1e-5;
  const moved = (by: number) =>
    answer(maps.data.map((value, i) => (i % depth === channel ? value + by : value)));
  const [below, at, above] = [moved(-step), moved(0), moved(step)];
  return [(at - below) / (step * height * width), (above - at) / (step * height * width)];
}

/** Compares some weights with finite differences, and the map with the sum that these weights make. @returns how many were compared */
function assertDifferences(found: Gradcam, answer: Answering, what: string): number {
  const { weights, shape, map } = found;
  const [height, width, depth] = shape;
  const scale = Math.max(...weights.map(Math.abs));
  let compared = 0;
  for (let channel = 0; channel < Math.min(depth, MOST_CHANNELS); channel++) {
    const [below, above] = slopes(answer, channel);
    // At a corner, such as that of ReLU at 0, there is no one slope.
    if (Math.abs(above - below) > 1e-4 * scale + 1e-7) continue;
    const off = Math.abs((below + above) / 2 - weights[channel]!);
    assert.ok(
      off <= 1e-3 * scale + 1e-6,
      `${what}, channel ${channel}: ${weights[channel]}, by differences ${below} and ${above}`,
    );
    compared++;
  }
  const sums = Array.from({ length: height * width }, (_, place) =>
    weights.reduce((sum, weight, c) => sum + weight * answer.maps.data[place * depth + c]!, 0),
  );
  const largest = Math.max(...sums.map(Math.abs));
  map.flat().forEach((value, place) => {
    const expected = Math.max(0, sums[place]!);
    assert.ok(
      Math.abs(value - expected) <= 1e-4 * largest + 1e-7,
      `${what}, place ${place}: ${value}, ${expected}`,
    );
  });
  return compared;
}

const MOST_CHANNELS = 4;

/** What `gradcam` says of a config with random weights and a noisy picture is what formulas say. @returns how much was compared */
async function assertAgrees(text: string, seed: number, layerOf: (layers: readonly string[]) => string) {
  const model = writeModel(folder, text, `${seed}.yaml`);
  const whole = buildGraph(loadModel(model));
  const graph = withoutAuxiliaries(whole);
  const weights = randomWeights(whole, seed);
  const { file, pixels } = await noise(graph, seed);
  const layer = layerOf(graph.nodes.filter(hasPlaces).map(({ name }) => name));
  const values = await writeWeights(weights, `${seed}.safetensors`);
  const found = await gradcam(model, file, { ...CPU, weights: values, layer, class: String(seed % 2) });
  const image = { shape: graph.input, data: scaledPixels(graph, pixels) };
  const answer = answering(asLogits(graph), weights, image, layer, found.class);
  const score = answer.answer(answer.maps.data);
  assert.ok(
    Math.abs(score - found.score) <= 1e-3 * Math.abs(score) + 1e-4,
    `${layer}: ${found.score}, ${score}`,
  );
  return assertDifferences(found, answer, `seed ${seed}, ${layer}`);
}

/** Pools, both normalizations, branches that are joined and added, a side classifier, dropout. */
const KINDS = `title: Kinds
input: [11, 9, 3]
classes: 4
dataset: shapes
pixels: { mean: 0.4, std: 0.25 }
layers:
  - conv2d: { filters: 5, kernelSize: 3, padding: same, activation: relu }
  - lrn
  - maxPool2d: { poolSize: 3, strides: 2, padding: same }
  - batchNorm
  - inception: { filters: [2, 2, 3, 1, 2, 1] }
  - auxiliary: { weight: 0.3, layers: [flatten, dense: { units: classes, activation: softmax }] }
  - branches: { paths: [[{ conv2d: { filters: 8, kernelSize: [1, 3], padding: same, activation: tanh } }, batchNorm], []], join: add }
  - avgPool2d: { poolSize: 3, strides: 1, padding: 1 }
  - maxPool2d: { poolSize: 2, rounding: ceil }
  - dropout: 0.4
  - flatten
  - dense: { units: 6, activation: sigmoid }
  - dense: { units: classes, activation: softmax }
training: { optimizer: sgd }
`;

test('weights are what finite differences of the logit say, before and behind pools, norms and branches', async () => {
  const layers = ['conv2d_1', 'lrn_1', 'batchNorm_1', 'conv2d_5', 'concatenate_1', 'add_1', 'maxPool2d_3'];
  let compared = 0;
  for (const [seed, layer] of layers.entries()) compared += await assertAgrees(KINDS, seed, () => layer);
  assert.ok(compared > 15, `${compared} compared`);
});

/** Multiplications of a network that formulas work out in no time. */
const MOST_MACS = 20_000;

test('and by some layer of random networks', async () => {
  let [tried, compared] = [0, 0];
  for (let seed = 0; tried < 4; seed++) {
    const { text, graph } = randomNetwork(seed);
    const macs = graph.nodes.reduce((sum, node) => sum + node.macs, 0);
    const isPicture = graph.input[2] === 1 || graph.input[2] === 3;
    if (lastMaps(graph) === undefined || macs > MOST_MACS || !isPicture) continue;
    compared += await assertAgrees(text, seed, (layers) => layers[seed % layers.length]!);
    tried++;
  }
  assert.ok(compared > 4, `${compared} compared`);
});

test('the last maps of a network with distances for an output: the score is minus the distance', async () => {
  const graph = buildGraph(loadModel('lenet5-1998'));
  const { file, pixels } = await noise(graph, 1);
  const found = await gradcam('lenet5-1998', file, { ...CPU, class: '3' });
  assert.equal([found.layer, found.scoreOf], [LAST['lenet5-1998'], 'minus the distance, before softmax']);
  const { initialWeights } = await import('../../../../src/models/graph/initial-weights.js');
  const image = { shape: graph.input, data: scaledPixels(graph, pixels) };
  const answer = answering(asLogits(graph), initialWeights(graph, 1), image, found.layer, 3);
  assert.ok(Math.abs(answer.answer(answer.maps.data) - found.score) < 1e-3 * Math.abs(found.score));
  assert.ok(found.score < 0);
  assert.ok(assertDifferences(found, answer, 'lenet5-1998') > 0);
});

test('a value of a map stands where the middle of what it sees is, and between two values there is a slope', () => {
  // 3x3 windows, two pixels apart: their middles are columns 1, 3 and 5 of 7.
  const axis = { start: 0, size: 3, stride: 2 };
  const map = [0, 2, 4];
  const across = spread(map, [1, 3], [{ start: 0, size: 3, stride: 1 }, axis], [3, 7]);
  assert.equal([...across], [0, 0, 1, 2, 3, 4, 4, 0, 0, 1, 2, 3, 4, 4, 0, 0, 1, 2, 3, 4, 4]);
  const down = spread(map, [3, 1], [axis, { start: 0, size: 3, stride: 1 }], [7, 3]);
  assert.equal(
    [...down].filter((_, i) => i % 3 === 1),
    [0, 0, 1, 2, 3, 4, 4],
  );
  // Of what sees the whole picture the values are spread evenly.
  assert.equal([...spread([0, 4], [1, 2], null, [1, 4])], [0, 1, 3, 4]);
});

const run = join(folder, 'run');
const SIDE = 16;

/** A digit of 16x16 in a corner of a picture of 28x28. */
async function inCorner(index: number, [left, top]: readonly [number, number]): Promise<string> {
  const { test: digits } = await loadDataset({
    name: 'digits',
    explicit: true,
    shape: [28, 28, 1],
    classes: 10,
    notify: () => {},
  });
  const pixels = new Uint8Array(784);
  await digits.read(Uint32Array.of(index), pixels);
  const small = await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
    .resize(SIDE, SIDE)
    .png()
    .toBuffer();
  const file = join(folder, `corner-${index}.png`);
  await sharp({ create: { width: 28, height: 28, channels: 3, background: '#000000' } })
    .composite([{ input: small, left, top }])
    .png()
    .toFile(file);
  return file;
}

test('of a trained network the evidence lies on the digit, in whichever corner it is', async () => {
  const { error } = await trainHere({
    model: writeModel(folder, smallDigits(2, 0.003), 'small.yaml'),
    limit: 1500,
    runDir: run,
  });
  assert.is(error, undefined);
  let [on, turned] = [0, 0];
  const COUNT = 8;
  for (let i = 0; i < COUNT; i++) {
    const corner = i % 2 === 0 ? ([12, 0] as const) : ([0, 12] as const);
    const { values } = await gradcam(run, await inCorner(i, corner), CPU);
    const sum = values.reduce((total, value) => total + value, 0);
    const share = ([left, top]: readonly [number, number]) =>
      values.reduce((total, value, pixel) => {
        const [x, y] = [(pixel % 28) - left, Math.floor(pixel / 28) - top];
        return x >= 0 && x < SIDE && y >= 0 && y < SIDE ? total + value : total;
      }, 0) / sum;
    on += share(corner) / COUNT;
    turned += share([corner[1], corner[0]]) / COUNT;
  }
  // By chance both would be 256 of 784 pixels, 33 %.
  assert.ok(
    on > 0.7 && turned < 0.15,
    `${on} on the digit, ${turned} where it would be with rows for columns`,
  );
});

test('without a class it is what the picture is taken for; both engines say the same', async () => {
  const image = 'digits:test:3';
  const found = await gradcam(run, image, CPU);
  const { images } = await predictImages({ run, images: [image], top: 10, ...CPU }, () => {});
  const [first, , third] = images[0]!.predictions;
  assert.is(found.class, first!.class);
  assert.ok(Math.abs(found.probability - first!.probability) < 1e-5);
  const other = await gradcam(run, image, { ...CPU, class: third!.label });
  assert.equal([other.class, other.prediction], [third!.class, found.prediction]);
  assert.ok(Math.abs(other.probability - third!.probability) < 1e-5);
  const again = await gradcam(run, image, { ...CPU, engine: 'tensorflow', class: third!.label });
  assert.ok(relativeDifference(again.weights, other.weights) < 1e-4);
  assert.ok(relativeDifference(again.map.flat(), other.map.flat()) < 1e-3);
});

test('every form: the picture in red where the map is largest, JSON, rows, lines that fit', async () => {
  const found = await gradcam(run, 'digits:test:3', { ...CPU, layer: 'conv2d_1' });
  const picture = gradcamPicture(found);
  const json = picture.json as unknown as Record<string, unknown> & { map: number[][]; weights: number[] };
  assert.equal(Object.keys(json), [
    ...['model', 'run', 'image', 'class', 'label', 'probability', 'score', 'scoreOf', 'prediction'],
    ...['layer', 'type', 'mapSize', 'map', 'weights'],
  ]);
  assert.equal([json.mapSize, json.map.length, json.map[0]!.length], [[24, 24], 24, 24]);
  assert.equal([json.weights.length, json.run, json.scoreOf], [8, run, 'the logit, before softmax']);
  assert.is(picture.table.rows.length, 24 * 24);
  const { data, info } = await sharp(await renderPng(await picture.svg(), picture.pngScale))
    .raw()
    .toBuffer({ resolveWithObject: true });
  // The digit ten times as large, and beside it the same under the map.
  assert.ok(info.width > 3 * 280 && info.height > 280, `${info.width}x${info.height}`);
  const red = ([y, x]: readonly [number, number]) => {
    const at = info.channels * (y * info.width + x);
    return data[at]! - data[at + 1]!;
  };
  const strongest = found.values.indexOf(Math.max(...found.values));
  const [row, column] = [Math.floor(strongest / 28), strongest % 28];
  const middle = [68 + 10 * row + 5, 16 + 10 * column + 5] as const;
  assert.is(red(middle), 0, 'the picture itself');
  assert.ok(red([middle[0], middle[1] + 280 + 32]) > 60, 'the map over it');
  for (const line of picture.terminal(plainDrawing(60)).split('\n')) assert.ok(line.length <= 60, line);
  assert.match(
    picture.terminal(plainDrawing(200)),
    /conv2d_1, 8 maps of 24x24, .* most for it channel \d \(\+/,
  );
});

test('a picture in colour is grey to a network of one channel, and that is said; other mismatches need no word', async () => {
  const { file } = await noise({ input: [40, 30, 3] } as unknown as Graph, 1000);
  const heard = async (network: string, image: string, flags = {}) => {
    const notices: DataNotice[] = [];
    const { picture } = await gradcam(network, image, { ...CPU, ...flags }, (notice) => notices.push(notice));
    const said = notices.filter(({ kind }) => kind !== 'progress');
    return { said: said.map((notice) => ('message' in notice ? notice.message : '')), picture };
  };
  const grey = await heard(run, file);
  const message = `${file} is in colour, but small sees one channel: what it sees, and what is shown, is grey.`;
  assert.equal(grey.said, [message]);
  const pixels = [...grey.picture.pixels];
  assert.ok(pixels.every((byte, i) => i % 4 === 3 || byte === pixels[i - (i % 4)]));
  assert.equal((await heard(run, 'digits:test:1')).said, []);
  const colour = writeModel(folder, KINDS, 'colour.yaml');
  assert.equal((await heard(colour, 'digits:test:1')).said, []);
  assert.equal((await heard(colour, file)).said, []);
});

test('what there is not is said in a sentence', async () => {
  const flags = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];
  const image = 'digits:test:1';
  const cases: readonly [readonly string[], string][] = [
    [
      ['mnist-mlp', image],
      '2 mnist-mlp has no layer with maps, whose places could be laid over the picture: cnnzoo visualize occlusion mnist-mlp digits:test:1 asks any network where the evidence lies.',
    ],
    [
      [run, image, '--layer', 'dense_1'],
      '2 --layer dense_1: its output of 32 has no places that could be laid over the picture; those of conv2d_1, maxPool2d_1, conv2d_2 and maxPool2d_2 have.',
    ],
    [
      [run, image, '--layer', 'conv2d_5'],
      '2 small has no layer "conv2d_5". Did you mean "conv2d_1"? Its layers are conv2d_1, maxPool2d_1, conv2d_2, maxPool2d_2, flatten_1, dense_1, dense_2.',
    ],
    [
      [run, image, '--class', 'eleven'],
      '2 --class eleven: there is no such class. There are 0, 1, 2, 3, 4, 5, 6, 7, 8 and 9, numbers 0 to 9.',
    ],
    [[run, image, '--size', '3'], '2 --size goes with visualize occlusion, not with gradcam.'],
    [[run, 'missing.png'], '1 missing.png does not exist.'],
    [
      [run],
      '2 visualize gradcam takes RUN|MODEL IMAGE, got one argument. An IMAGE is a file, or one of a data set such as digits:test:3.',
    ],
  ];
  for (const [args, sentence] of cases)
    assert.is(await refusal(folder, ['visualize', 'gradcam', ...args, ...flags]), sentence);
});

test.run();
