import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadDataset } from '../../../src/data/index.js';
import { buildGraph } from '../../../src/models/build.js';
import { loadModel } from '../../../src/models/zoo.js';
import { featureMaps } from '../../../src/tasks/visualize/activity/features.js';
import { findResponses } from '../../../src/tasks/visualize/activity/responses.js';
import { fieldsOf } from '../../../src/tasks/visualize/fields.js';
import { temporaryFolder } from '../../support/folders.js';
import { smallDigits } from '../../support/networks/small-digits.js';
import { trainHere, writeModel } from '../../support/training.js';

/** What the teaching documents show of networks, with their figures. */

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;
const quiet = () => {};

test('the response map of one filter of the first layer is 26x26', async () => {
  const { layer, shape, depth, maps } = await featureMaps('mnist-basic', 'digits:test:0', {
    ...CPU,
    channels: [5],
  });
  assert.equal([layer, shape, depth], ['conv2d_1', [26, 26, 32], 32]);
  assert.equal(
    maps.map(({ index, tile }) => [index, tile.width, tile.height]),
    [[5, 26, 26]],
  );
});

test('patterns grow with depth: channels see 3, 8 and 18 pixels, dense layers the whole picture', async () => {
  const request = { ...CPU, allLayers: true, dataset: 'digits', split: 'test', limit: 12, top: 1 } as const;
  const { layers } = await findResponses('mnist-basic', request, quiet);
  assert.equal(
    layers.map(({ receptiveField }) => receptiveField),
    [3, 8, 18, 28, 28].map((side) => [side, side]),
  );
  const sides = layers.map(({ channels }) => channels[0]!.top[0]!.patch.width);
  assert.equal(sides, [3, 8, 18, 28, 28]);
});

test("AlexNet's layers 1, 3 and 5 see 11, 99 and 163 pixels, and layer 8 the picture", () => {
  const graph = buildGraph(loadModel('alexnet'));
  const fields = fieldsOf(graph);
  const learned = graph.nodes.filter(({ kind }) => kind === 'conv2d' || kind === 'dense');
  const sizes = [1, 3, 5, 8].map((layer) => fields.get(learned[layer - 1]!.name)?.map(({ size }) => size));
  assert.equal(sizes, [[11, 11], [99, 99], [163, 163], undefined]);
});

test('first layers answer to parts that all classes have, last ones to one class', async () => {
  const run = join(folder, 'run');
  const limit = 1500;
  const { error } = await trainHere({
    model: writeModel(folder, smallDigits(3, 0.002), 'small.yaml'),
    limit,
    runDir: run,
  });
  assert.is(error, undefined);
  const request = { ...CPU, allLayers: true, split: 'test', limit: 300 } as const;
  const { layers } = await findResponses(run, request, quiet);
  const { test: digits } = await loadDataset({
    name: 'digits',
    explicit: true,
    shape: [28, 28, 1],
    classes: 10,
    notify: quiet,
  });
  /** Of the nine pictures that excite a channel most, the share of the class that there are most of; on average. */
  const purities = layers.map(({ channels }) => {
    const shares = channels
      .filter(({ top }) => top[0]!.value > 0)
      .map(({ top }) => {
        const labels = top.map(({ image }) => digits.labels[image]!);
        const counts = labels.map((label) => labels.filter((other) => other === label).length);
        return Math.max(...counts) / top.length;
      });
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  });
  const [first, , , last] = purities as [number, number, number, number];
  assert.ok(last > 0.9, `${purities}`);
  assert.ok(first < 0.7 * last, `${purities}`);
});

test.run();
