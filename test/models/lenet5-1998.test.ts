import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sizeOf, type Tensor, type Tensors } from '../../src/base/tensor.js';
import type { Batch, Engine, InferenceResult } from '../../src/engines/engine.js';
import { buildGraph } from '../../src/models/build.js';
import type { Graph } from '../../src/models/graph/graph.js';
import { initialWeights } from '../../src/models/graph/initial-weights.js';
import { BITMAP, BITMAP_COUNT, bitmapOf } from '../../src/models/layers/products/bitmaps.js';
import { summarise } from '../../src/models/summary.js';
import { loadModel } from '../../src/models/zoo.js';
import { readCheckpoint } from '../../src/runs/checkpoint.js';
import type { EndEvent } from '../../src/runs/events.js';
import { runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import {
  assertTensorsClose,
  engines,
  graphOf,
  optimizer,
  randomBatch,
  randomWeights,
  relativeDifference,
  zooGraph,
} from '../support/networks/parity.js';
import { metricsOf, trainHere } from '../support/training.js';

const NAME = 'lenet5-1998';

/** Runs a batch through a graph on one engine. */
async function infer(
  make: () => Promise<Engine>,
  graph: Graph,
  weights: Tensors,
  batch: Batch,
): Promise<InferenceResult> {
  const engine = await make();
  const program = await engine.inferenceProgram(graph, { batchSize: batch.labels.length });
  await program.load(weights);
  const result = await program.run(batch);
  await engine.dispose();
  return result;
}

test('the layers have the sizes, parameters and connections of the paper', () => {
  const { layers, totals } = summarise(zooGraph(NAME));
  const rows = layers.map(({ name, outputShape, trainableParams, macs }) => [
    name,
    outputShape.join('x'),
    trainableParams,
    macs,
  ]);
  assert.equal(rows, [
    ['constantPadding2d_1', '32x32x1', 0, 0],
    ['C1', '28x28x6', 156, 117_600],
    ['S2', '14x14x6', 12, 0],
    ['C3', '10x10x16', 1_516, 150_000],
    ['S4', '5x5x16', 32, 0],
    ['C5', '1x1x120', 48_120, 48_000],
    ['flatten_1', '120', 0, 0],
    ['F6', '84', 10_164, 10_080],
    ['output', '10', 0, 0],
  ]);
  assert.equal([totals.trainableParams, totals.nonTrainableParams], [60_000, 840]);
  // Of section II-B, where the bias counts as a connection: each value of C1, C3, C5 and F6 has one bias; one of S2 and
  // S4 reads four values and a bias.
  const biases = [28 * 28 * 6, 10 * 10 * 16, 120, 84].reduce((a, b) => a + b);
  const subsampling = 5 * (14 * 14 * 6 + 5 * 5 * 16);
  assert.is(totals.macs + biases + subsampling + 840, 340_908);
});

test('the border has the value of the background', () => {
  const graph = zooGraph(NAME);
  const { value } = graph.nodes[0]!.params as { value: number };
  assert.is(value, graph.pixels.offset[0]);
  assert.ok(Math.abs(255 * graph.pixels.scale[0]! + value - 1.175) < 1e-12);
});

test('the connection table is that of table I, map by map', () => {
  const { connections } = zooGraph(NAME).nodes.find(({ name }) => name === 'C3')!.params as {
    connections: number[][];
  };
  const seenBy = (map: number) => connections.flatMap((maps, filter) => (maps.includes(map) ? [filter] : []));
  assert.equal(
    [0, 1, 2, 3, 4, 5].map((map) => seenBy(map).join(' ')),
    [
      '0 4 5 6 9 10 11 12 14 15',
      '0 1 5 6 7 10 11 12 13 15',
      '0 1 2 6 7 8 11 13 14 15',
      '1 2 3 6 7 8 9 12 14 15',
      '2 3 4 7 8 9 10 12 13 15',
      '3 4 5 8 9 10 11 13 14 15',
    ],
  );
});

test('a partial convolution is a whole one with zeros where nothing is connected', async () => {
  const connections = [[3, 1], [0], [0, 1, 2, 3]];
  const layers = (kind: string) =>
    `  - conv2d: { filters: 4, kernelSize: 3 }\n  - ${kind}\n  - flatten\n  - dense: { units: classes, activation: softmax }\n`;
  const partial = graphOf(
    layers(`partialConv2d: { name: c, kernelSize: [2, 3], connections: ${JSON.stringify(connections)} }`),
  );
  const whole = graphOf(layers('conv2d: { name: c, kernelSize: [2, 3], filters: 3 }'));
  const weights = randomWeights(partial);
  const kernel = weights.get('c/kernel')!;
  assert.equal(kernel.shape, [2, 3, 7]);
  const expanded: Tensor = { shape: [2, 3, 4, 3], data: new Float32Array(2 * 3 * 4 * 3) };
  for (let tap = 0; tap < 6; tap++) {
    let pair = 0;
    connections.forEach((channels, filter) => {
      for (const channel of channels) {
        expanded.data[(tap * 4 + channel) * 3 + filter] = kernel.data[tap * 7 + pair++]!;
      }
    });
  }
  const batch = randomBatch(partial, 4);
  for (const make of Object.values(engines)) {
    const { probabilities } = await infer(make, partial, weights, batch);
    const expected = await infer(make, whole, new Map(weights).set('c/kernel', expanded), batch);
    assert.ok(relativeDifference(probabilities, expected.probabilities) < 1e-5);
  }
});

test('kernels of partial connections are drawn for the channels that a filter sees', () => {
  const graph = graphOf(
    `  - conv2d: { filters: 40, kernelSize: 1 }
  - partialConv2d: { name: c, kernelSize: 5, kernelInitializer: lecunUniform, connections: ${JSON.stringify(Array.from({ length: 40 }, (_, i) => [i, (i + 1) % 40]))} }
  - flatten
  - dense: { units: classes, activation: softmax }
`,
  );
  const { data } = initialWeights(graph, 1).get('c/kernel')!;
  const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
  assert.ok(Math.abs(variance * 5 * 5 * 2 - 1) < 0.1, `${variance}`);
});

/** An image of 12x7 pixels straight into the RBF units: what they see are the bitmaps themselves. */
const BITMAP_NET = graphOf(
  '  - flatten\n  - rbf: { name: output, units: classes, activation: softmin }\npixels: { range: [-1, 1] }\n',
  `[${BITMAP.height}, ${BITMAP.width}, 1]`,
  BITMAP_COUNT,
  '{ name: maximumAPosteriori, j: 3 }',
);

test('the class is the nearest bitmap, its probability and loss those of equation 9', async () => {
  const digits = Array.from({ length: BITMAP_COUNT }, (_, digit) => digit);
  const images = digits.map((digit) => bitmapOf(digit));
  // The last image's label is another than what it shows.
  const labels = Int32Array.from([...digits.slice(0, -1), 3]);
  const batch: Batch = {
    pixels: Uint8Array.from(images.flat(), (value) => (value > 0 ? 255 : 0)),
    labels,
    count: BITMAP_COUNT,
    masks: new Map(),
  };
  const differing = (a: number[], b: number[]) => a.filter((value, i) => value !== b[i]).length;
  for (const make of Object.values(engines)) {
    const { probabilities, losses } = await infer(make, BITMAP_NET, initialWeights(BITMAP_NET, 1), batch);
    images.forEach((image, n) => {
      const distances = images.map((other) => 4 * differing(image, other));
      const sum = distances.reduce((total, y) => total + Math.exp(-y), 0);
      distances.forEach((y, k) => {
        assert.ok(Math.abs(probabilities[n * BITMAP_COUNT + k]! - Math.exp(-y) / sum) < 1e-5);
      });
      const loss = distances[labels[n]!]! + Math.log(Math.exp(-3) + sum);
      assert.ok(Math.abs(losses[n]! - loss) < 1e-4 * Math.max(1, loss), `${losses[n]} instead of ${loss}`);
    });
  }
});

test('bitmaps are 7 x 12 signs, and no two of them are near each other', () => {
  const bitmaps = Array.from({ length: BITMAP_COUNT }, (_, digit) => bitmapOf(digit));
  for (const [i, bitmap] of bitmaps.entries()) {
    assert.is(bitmap.length, 84);
    assert.ok(bitmap.every((value) => value === 1 || value === -1));
    for (const other of bitmaps.slice(0, i)) {
      assert.ok(bitmap.filter((value, pixel) => value !== other[pixel]).length >= 12);
    }
  }
});

test('random centres are signs, and follow the seed', () => {
  const graph = graphOf(
    '  - flatten\n  - rbf: { name: r, units: classes, centres: random, activation: softmin }\n',
  );
  const centres = (seed: number) => initialWeights(graph, seed).get('r/centres')!;
  assert.equal(centres(1).shape, [128, 3]);
  assert.equal(new Set(centres(1).data), new Set([1, -1]));
  assert.equal(centres(1), centres(1));
  assert.not.equal(centres(1), centres(2));
});

test('gradients of the whole network and its loss agree with finite differences', async () => {
  const graph = zooGraph(NAME);
  const weights = initialWeights(graph, 5);
  const batch = randomBatch(graph, 4, 3);
  const engine = await engines.onnx();
  const program = await engine.trainingProgram(graph, {
    batchSize: 4,
    optimizer: optimizer('sgd', { momentum: 0.9 }),
  });
  const step = async (at: Tensors, rate: number) => {
    await program.load({ weights: at, slots: new Map(), step: 0 });
    const [{ loss } = { loss: Number.NaN }] = await program.train([batch], [rate]);
    return loss;
  };
  await step(weights, 1);
  const { slots, weights: after } = await program.save();
  assert.equal(after.get('output/centres'), weights.get('output/centres'), 'centres stay');
  for (const [name, { shape, data }] of weights) {
    const velocity = slots.get(`${name}/velocity`)?.data;
    if (velocity === undefined) continue;
    // Along the gradient, where the slope is its length.
    const length = Math.hypot(...velocity);
    const distance = 2e-2 / Math.max(1, length / 10);
    const moved = (by: number) =>
      new Map(weights).set(name, { shape, data: data.map((v, i) => v - (by * velocity[i]!) / length) });
    const slope = ((await step(moved(distance), 0)) - (await step(moved(-distance), 0))) / (2 * distance);
    assert.ok(Math.abs(slope / length - 1) < 5e-3, `${name}: slope ${slope}, gradient ${length}`);
  }
  await engine.dispose();
});

const folder = temporaryFolder();
const request = { model: NAME, dataset: 'digits', limit: 800, epochs: 4, batchSize: 20 };

test('it learns, and a run that is stopped goes on to the same bits', async () => {
  const whole = await trainHere({ ...request, runDir: join(folder, 'whole') });
  const end = whole.events.at(-1) as EndEvent;
  assert.is(end.reason, 'completed');
  assert.ok(end.testAccuracy! > 0.6, `accuracy ${end.testAccuracy}`);
  let polls = 0;
  const stopped = await trainHere({ ...request, runDir: join(folder, 'stopped') }, () =>
    ++polls >= 3 ? 'now' : undefined,
  );
  assert.is((stopped.events.at(-1) as EndEvent).reason, 'interrupted');
  const resumed = await trainHere({ resume: stopped.dir });
  assert.is((resumed.events.at(-1) as EndEvent).reason, 'completed');
  const [a, b] = await Promise.all(
    [resumed, whole].map(({ dir }) => readCheckpoint(join(dir, 'checkpoint.safetensors'))),
  );
  assertTensorsClose(a!.state.weights, b!.state.weights, 0, 'weight');
  assertTensorsClose(a!.state.slots, b!.state.slots, 0, 'slot');
  assert.equal(metricsOf(resumed.dir), metricsOf(whole.dir));
  const spec = loadModel(NAME);
  const before = initialWeights(buildGraph(spec), spec.config.training.seed);
  assert.equal(a!.state.weights.get('output/centres'), before.get('output/centres'));
});

test('what does not fit the bitmaps is refused with the name of the layer', () => {
  const classes = runCli(['summary', NAME, '--classes', '26']);
  assert.is(classes.code, 2);
  assert.match(
    classes.stderr,
    /^configs\/lenet5-1998\.yaml:\d+:5 output: there are bitmaps of 10 classes, the digits 0 to 9, not of 26: "centres: random" has as many as it takes\.\n$/,
  );
  assert.throws(
    () =>
      buildGraph(loadModel(NAME, [{ path: ['layers', 7, 'dense', 'units'], value: 80, origin: '--set' }])),
    /output: compares its input with bitmaps of 7 x 12 = 84 values, but gets 80: "centres: random" takes any number\.$/,
  );
  assert.throws(() => zooGraph(NAME, [12, 12, 1]), /C5: a 5x5 window does not fit a 1x1 input\.$/);
});

test('it can be rebuilt for larger images and fewer classes', () => {
  const graph = buildGraph(loadModel(NAME), { input: [32, 40, 3], classes: 7 });
  assert.is(sizeOf(graph.nodes.at(-1)!.outputShape), 7);
  assert.equal(graph.nodes.find(({ name }) => name === 'C5')!.outputShape, [2, 4, 120]);
});

test('a connection table that does not fit its input is refused', () => {
  const layers = (table: string) =>
    `  - partialConv2d: { connections: ${table}, kernelSize: 3 }\n  - flatten\n  - dense: { units: classes, activation: softmax }\n`;
  assert.throws(
    () => graphOf(layers('[[0], [2]]')),
    /partialConv2d_1: entry 2 of connections names channel 2, but its input has 2, numbered from 0\.$/,
  );
  assert.throws(
    () => graphOf(layers('[[0], [1, 1]]')),
    /partialConv2d_1: entry 2 of connections names channel 1 twice\.$/,
  );
  assert.throws(
    () => graphOf(layers('[[0], []]')),
    /test\.yaml:7:\d+ partialConv2d: entry 2 of connections must be /,
  );
  assert.equal(graphOf(layers('[[0], [0]]')).nodes[0]!.notes, ['no filter sees channel 1']);
});

test.run();
