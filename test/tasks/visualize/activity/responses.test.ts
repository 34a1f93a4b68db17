import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadDataset } from '../../../../src/data/index.js';
import { startEngine } from '../../../../src/engines/host/index.js';
import { buildGraph } from '../../../../src/models/build.js';
import type { Graph } from '../../../../src/models/graph/graph.js';
import { loadModel, modelNames } from '../../../../src/models/zoo.js';
import { renderPng } from '../../../../src/report/pictures/out.js';
import { responsesPicture } from '../../../../src/report/pictures/responses.js';
import { openRun } from '../../../../src/runs/run-reader.js';
import { findResponses } from '../../../../src/tasks/visualize/activity/responses.js';
import { fieldsOf, windowAt } from '../../../../src/tasks/visualize/fields.js';
import { extentsOf } from '../../../../src/tasks/visualize/layers.js';
import { openRunNetwork } from '../../../../src/training/evaluation/network.js';
import { temporaryFolder } from '../../../support/folders.js';
import { graphOf } from '../../../support/networks/parity.js';
import { plainDrawing, refusal } from '../../../support/screens/drawing.js';
import { trainHere, writeModel } from '../../../support/training.js';

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1, split: 'test' } as const;
const quiet = () => {};
const run = join(folder, 'run');
const IMAGES = 24;

/** Two branches that meet, padding of every kind, strides, a pooling that pads. */
const BRANCHED = `title: Branched
input: [32, 32, 3]
classes: 10
dataset: shapes
layers:
  - conv2d: { filters: 4, kernelSize: 5, strides: 2, padding: same, activation: relu, name: first }
  - zeroPadding2d: [[2, 0], [1, 3]]
  - branches:
      paths:
        - - conv2d: { filters: 3, kernelSize: [3, 1], padding: 1, activation: relu }
        - - maxPool2d: { poolSize: [3, 3], strides: 1, padding: 1 }
          - conv2d: { filters: 2, kernelSize: [1, 3], padding: valid }
          - zeroPadding2d: [0, 2]
  - conv2d: { filters: 5, kernelSize: 3, strides: 2, padding: valid, activation: relu, name: last }
  - flatten
  - dense: { units: classes, activation: softmax, name: classes }
training:
  epochs: 1
  batchSize: 10
  optimizer: { name: adam, learningRate: 0.01 }
`;

test('of every layer of the zoo the field is as large as its receptive field', () => {
  for (const model of modelNames()) {
    const graph = buildGraph(loadModel(model));
    const fields = fieldsOf(graph);
    for (const { name, receptiveField } of graph.nodes) {
      const field = fields.get(name)!;
      const found = field && {
        size: field.map(({ size }) => size),
        stride: field.map(({ stride }) => stride),
      };
      assert.equal(found, receptiveField && { ...receptiveField }, `${model}, ${name}`);
    }
  }
});

test('a field begins where padding does', () => {
  const graph = graphOf(
    '  - conv2d: { filters: 2, kernelSize: 3, padding: same }\n  - maxPool2d: 2\n  - zeroPadding2d: [[1, 0], [2, 0]]\n' +
      '  - conv2d: { filters: 2, kernelSize: 3, strides: 2 }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n',
    '[12, 12, 1]',
  );
  const fields = fieldsOf(graph);
  const windowOf = (layer: string, row: number, column: number) =>
    windowAt(fields.get(layer)!, [row, column], graph.input);
  assert.equal(windowOf('conv2d_1', 0, 0), [-1, -1, 2, 2]);
  assert.equal(windowOf('conv2d_1', 5, 7), [4, 6, 7, 9]);
  assert.equal(windowOf('maxPool2d_1', 1, 0), [1, -1, 5, 3]);
  // Row 0 sees a row of zeros and pooled rows 0 and 1, column 1 the pooled columns 0 to 2.
  assert.equal(windowOf('conv2d_2', 0, 1), [-3, -1, 5, 7]);
  assert.equal(windowOf('flatten_1', 0, 0), [0, 0, 12, 12]);
});

/** What a layer makes of each picture, one at a time. */
async function mapsOf(graph: Graph, layer: string, pictures: readonly Uint8Array[]): Promise<Float32Array[]> {
  const engine = await startEngine({ engine: 'onnx', device: 'cpu', threads: 1 });
  try {
    const program = await engine.inferenceProgram(graph, { batchSize: 1, watch: layer });
    await program.load((await openRunNetwork(openRun(run))).weights);
    const maps: Float32Array[] = [];
    for (const pixels of pictures) {
      const batch = { pixels: pixels.slice(), labels: new Int32Array(1), count: 1, masks: new Map() };
      maps.push((await program.run(batch)).activations!);
    }
    return maps;
  } finally {
    await engine.dispose();
  }
}

async function pictures(): Promise<Uint8Array[]> {
  const { test: shapes } = await loadDataset({
    name: 'shapes',
    explicit: true,
    shape: [32, 32, 3],
    classes: 10,
    notify: quiet,
  });
  const all = new Uint8Array(IMAGES * 32 * 32 * 3);
  await shapes.read(
    Uint32Array.from({ length: IMAGES }, (_, i) => i),
    all,
  );
  return Array.from({ length: IMAGES }, (_, i) => all.subarray(3072 * i, 3072 * (i + 1)));
}

test('the places are those of a search through every picture, and hold what excites the channel', async () => {
  const { error } = await trainHere({
    model: writeModel(folder, BRANCHED, 'branched.yaml'),
    limit: 300,
    runDir: run,
  });
  assert.is(error, undefined);
  const found = await findResponses(run, { ...CPU, allLayers: true, limit: IMAGES, top: 4 }, quiet);
  assert.equal(
    found.layers.map(({ layer }) => layer),
    ['first', 'conv2d_1', 'conv2d_2', 'last', 'classes'],
  );
  const { graph } = await openRunNetwork(openRun(run));
  const images = await pictures();
  for (const { layer, channels } of found.layers) {
    const node = graph.nodes.find(({ name }) => name === layer)!;
    const [, width, depth] = extentsOf(node);
    const maps = await mapsOf(graph, layer, images);
    assert.is(channels.length, Math.min(depth, 8));
    for (const { channel, top } of channels) {
      const best = maps
        .map((map, image) => {
          const values = [...map].filter((_, i) => i % depth === channel);
          const value = Math.max(...values);
          const place = values.indexOf(value);
          return { image, place: [Math.floor(place / width), place % width], value };
        })
        .sort((a, b) => b.value - a.value || a.image - b.image)
        .slice(0, 4);
      assert.equal(
        top.map(({ image }) => image),
        best.map(({ image }) => image),
        `${layer} ${channel}`,
      );
      top.forEach(({ value, place }, i) => {
        // Of values that are equal but for rounding either place will do.
        const { [best[i]!.image]: map } = maps;
        const there = map![(place[0] * width + place[1]) * depth + channel]!;
        assert.ok(
          Math.abs(value - best[i]!.value) < 1e-4 && Math.abs(there - value) < 1e-4,
          `${layer} ${channel}`,
        );
      });
    }
  }
});

test('nothing outside of its window changes a response, and something in it does', async () => {
  const { graph } = await openRunNetwork(openRun(run));
  const images = await pictures();
  const { layers } = await findResponses(run, { ...CPU, allLayers: true, limit: IMAGES, top: 1 }, quiet);
  for (const { layer, channels } of layers.slice(0, 4)) {
    const node = graph.nodes.find(({ name }) => name === layer)!;
    const [, width, depth] = extentsOf(node);
    for (const { channel, top } of channels) {
      const [{ image, place, window, value, patch }] = top as readonly [(typeof top)[number]];
      const [rows, columns] = [window[2] - window[0], window[3] - window[1]];
      assert.is([...patch.pixels].filter((byte, i) => i % 4 === 3 && byte === 255).length, rows * columns);
      const changed = (inside: boolean) =>
        images[image]!.map((byte, i) => {
          const [y, x] = [Math.floor(i / 96), Math.floor((i % 96) / 3)];
          const isIn = y >= window[0] && y < window[2] && x >= window[1] && x < window[3];
          return isIn === inside ? 255 - byte : byte;
        });
      const [outside, inside] = await mapsOf(graph, layer, [changed(false), changed(true)]);
      const at = (place[0] * width + place[1]) * depth + channel;
      assert.ok(Math.abs(outside![at]! - value) < 1e-4, `${layer} ${channel}: ${outside![at]} and ${value}`);
      if (value > 0) assert.not.equal(inside![at], value, `${layer} ${channel}`);
    }
  }
});

test('every form: pieces in colour, lines that fit, JSON of one layer and of all', async () => {
  const one = await findResponses(
    run,
    { ...CPU, layer: 'last', channels: [4, 0], limit: IMAGES, top: 9 },
    quiet,
  );
  const picture = responsesPicture(one);
  const json = picture.json as unknown as Record<string, unknown> & {
    channels: { channel: number; top: object[] }[];
  };
  assert.equal(Object.keys(json), [
    'model',
    'run',
    'dataset',
    'split',
    'images',
    'layer',
    'receptiveField',
    'channels',
  ]);
  assert.equal(
    json.channels.map(({ channel, top }) => [channel, top.length]),
    [
      [4, 9],
      [0, 9],
    ],
  );
  assert.equal(Object.keys(json.channels[0]!.top[0]!), ['image', 'name', 'place', 'window', 'value']);
  for (const line of picture.terminal(plainDrawing(60)).split('\n')) assert.ok(line.length <= 60, line);
  const all = await findResponses(run, { ...CPU, allLayers: true, limit: 10, top: 2 }, quiet);
  const svg = await responsesPicture(all).svg();
  const { height } = await sharp(await renderPng(svg, 1)).metadata();
  assert.ok(height! > 2 * 64, `${height}`);
  const dead = all.layers
    .flatMap(({ channels }) => channels)
    .filter(({ top }) => top.every(({ value }) => value === 0));
  const shown = all.layers.reduce((sum, { channels }) => sum + channels.length, 0) - dead.length;
  assert.is(svg.match(/<image/g)!.length, shown);
  if (dead.length > 0) assert.match(svg, 'always 0: ');
  assert.equal(
    (responsesPicture(all).json as { layers: { receptiveField: number[] }[] }).layers.map(
      (l) => l.receptiveField,
    ),
    [
      [5, 5],
      [9, 5],
      [9, 13],
      [13, 17],
      [32, 32],
    ],
  );
});

test('what there is not is said in a sentence', async () => {
  const flags = ['--device', 'cpu', '--engine', 'onnx', '--threads', '1', '--limit', '5'];
  const cases: readonly [readonly string[], string][] = [
    [[run, '--channels', '2,4'], '2 --channels 4: first of run has 4 channels, numbers 0 to 3.'],
    [[run, '--layer', 'last', '--all-layers'], '2 --layer and --all-layers: give one of them.'],
    [
      [run, '--layer', 'lost'],
      '2 branched has no layer "lost". Did you mean "last"? Its layers are first, zeroPadding2d_1, conv2d_1, maxPool2d_1, conv2d_2, zeroPadding2d_2, concatenate_1, last, flatten_1, classes.',
    ],
    [
      ['mnist-mlp', '--dataset', 'digits'],
      '2 mnist-mlp has no layer with maps; units of others see the whole picture: name one by --layer (dense_1, dense_2).',
    ],
    [['mnist-mlp', '--dataset', 'digits', '--layer', 'dense_2'], 'was accepted'],
  ];
  for (const [args, sentence] of cases) {
    const said = await refusal(folder, ['visualize', 'responses', ...args, ...flags]);
    assert.is(said.replaceAll(`${folder}/`, ''), sentence);
  }
});

test.run();
