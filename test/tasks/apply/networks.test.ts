import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../../support/folders.js';
import { apply, applyJson } from '../../support/networks/apply.js';
import { trainHere, writeModel } from '../../support/training.js';

const folder = temporaryFolder();

test('a run is applied with its weights, whole, up to a layer and from one on', async () => {
  const run = await trainHere({
    model: writeModel(folder),
    limit: 50,
    epochs: 1,
    runDir: join(folder, 'run'),
  });
  const whole = await apply(run.dir, 'digits:test:0');
  const names = whole.layers.map(({ node }) => node.name);
  const second = names[1]!;
  const first = await apply(run.dir, 'digits:test:0', { layer: names[0]! });
  assert.equal(
    first.layers.map(({ node }) => node.name),
    [names[0]],
  );
  assert.equal([...first.layers[0]!.output.data], [...whole.layers[0]!.output.data]);
  const { shape, data } = whole.layers[0]!.output;
  const table = Array.from({ length: shape[3] ?? 1 }, (_, channel) =>
    Array.from({ length: shape[1]! }, (_, row) =>
      Array.from(
        { length: shape[2]! },
        (_, column) => data[(row * shape[2]! + column) * shape[3]! + channel],
      ).join(' '),
    ).join(';'),
  ).join('|');
  const rest = await apply(run.dir, table, { from: second });
  const [a, b] = [rest.layers.at(-1)!.output.data, whole.layers.at(-1)!.output.data];
  a.forEach((value, i) => {
    assert.ok(Math.abs(value - b[i]!) < 1e-5);
  });
});

test('a file is a list of layers or a model without title, classes, data set or head', async () => {
  const list = join(folder, 'list.yaml');
  writeFileSync(list, '- conv2d: { filters: 2, kernelSize: 3 }\n- maxPool2d: 2\n');
  const json = await applyJson(list, 'random:6x6x1');
  assert.equal(
    json.layers.map((layer: { name: string }) => layer.name),
    ['conv2d_1', 'maxPool2d_1'],
  );
  const model = join(folder, 'model.yaml');
  writeFileSync(model, 'input: [6, 6, 1]\nlayers:\n  - conv2d: { filters: 2, kernelSize: 3 }\n');
  assert.equal((await applyJson(model, 'random:6x6x1')).layers[0].outputShape, [4, 4, 2]);
});

test('both engines give the same, and the same seed the same weights', async () => {
  const layers =
    '[conv2d: {filters: 3, kernelSize: 3, padding: same, activation: relu}, lrn, globalAvgPool2d]';
  const onnx = await apply(layers, 'random:2x5x5x2');
  const tensorflow = await apply(layers, 'random:2x5x5x2', { engine: 'tensorflow' });
  onnx.layers.forEach(({ output }, i) => {
    output.data.forEach((value, at) => {
      assert.ok(Math.abs(value - tensorflow.layers[i]!.output.data[at]!) < 1e-5);
    });
  });
  const other = await apply(layers, 'random:2x5x5x2', { seed: 2 });
  assert.not.equal([...other.layers[0]!.output.data], [...onnx.layers[0]!.output.data]);
});

test.run();
