import '../support/flags.js';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../src/models/build.js';
import { type ModelSummary, type SummaryOptions, summarise } from '../../src/models/summary.js';
import { loadModel, modelNames } from '../../src/models/zoo.js';
import { renderKeras } from '../../src/report/summary/keras.js';
import { renderSummary } from '../../src/report/summary/render.js';
import { goldens, storedGoldens } from '../support/goldens.js';
import { randomNetwork } from '../support/networks/random-network.js';
import { configOf, graphOf, headWith } from '../support/networks/yaml.js';
import { plainStyle } from '../support/screens/style.js';

const summaryOf = (name: string, options: Omit<SummaryOptions, 'spec'> = {}): ModelSummary => {
  const spec = loadModel(name);
  return summarise(buildGraph(spec), { ...options, spec });
};
const kerasText = (name: string) =>
  readFileSync(new URL(`../fixtures/keras/${name}.txt`, import.meta.url), 'utf8');
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

test('every text that is printed is as stored (scripts/golden.ts writes them anew)', async () => {
  const [now, stored] = [await goldens(), storedGoldens()];
  assert.equal([...now.keys()].sort(), [...stored.keys()]);
  for (const [name, text] of now) assert.fixture(text, stored.get(name)!, name);
});

for (const name of modelNames()) {
  test(`${name} has as many parameters as its source says`, () => {
    const { config } = loadModel(name);
    // A network of our own has no figures to be held against, and says that it is one.
    if (config.published === undefined) {
      assert.match(config.source ?? '', "this project's");
      return;
    }
    for (const noTop of [false, true]) {
      if (name === 'mnist-mlp' && noTop) continue;
      const { published } = summaryOf(name, { noTop });
      assert.ok(published?.equal ?? noTop, `${name} ${noTop ? 'without' : 'with'} its classifier`);
    }
  });

  test(`${name}'s columns sum to its totals`, () => {
    const { layers, totals } = summaryOf(name);
    const column = (key: 'params' | 'trainableParams' | 'macs' | 'activationBytes') =>
      sum(layers.map((layer) => layer[key]));
    assert.is(column('params'), totals.params);
    assert.is(column('trainableParams'), totals.trainableParams);
    assert.is(totals.params - totals.trainableParams, totals.nonTrainableParams);
    assert.is(column('macs'), totals.macs);
    assert.is(column('activationBytes'), totals.trainingActivationBytes);
    assert.is(totals.parameterBytes, 4 * totals.params);
  });
}

test('--style keras prints byte for byte what Keras 2.3.1 prints', () => {
  for (const name of ['mnist-basic', 'mnist-no-pool']) {
    assert.fixture(renderKeras(summaryOf(name)), kerasText(name));
  }
});

test('--style keras keeps names that the config gives, and counts the others alone', () => {
  const named = [
    'conv2d: { name: stem, filters: 3, kernelSize: 3 }',
    'conv2d: { filters: 3, kernelSize: 3 }',
  ];
  const lines = renderKeras(summarise(graphOf(configOf(named)))).split('\n');
  assert.match(lines[4]!, /^stem \(Conv2D\) {16}\(None, 26, 26, 3\) +30 +$/);
  assert.match(lines[6]!, /^conv2d_1 \(Conv2D\) /);
});

test('--style keras shows where branches connect, as Keras does for models with branches', () => {
  const layers = [
    'conv2d: { name: a, filters: 4, kernelSize: 1 }',
    'conv2d: { name: b, filters: 4, kernelSize: 1, from: input }',
    'add: { from: [a, b] }',
  ];
  const lines = renderKeras(summarise(graphOf(configOf(layers)))).split('\n');
  assert.is(lines[0], 'Model: "model_1"');
  assert.is(lines[1], '_'.repeat(98));
  assert.is(
    lines[4],
    'input_1 (InputLayer)            (None, 28, 28, 1)    0                                            ',
  );
  assert.is(
    lines[6],
    'a (Conv2D)                      (None, 28, 28, 4)    8           input_1[0][0]                    ',
  );
  assert.is(
    lines[10],
    'add_1 (Add)                     (None, 28, 28, 4)    0           a[0][0]                          ',
  );
  assert.is(
    lines[11],
    '                                                                 b[0][0]                          ',
  );
});

test('without its classifier a model ends before the first flatten', () => {
  const { layers, totals } = summaryOf('mnist-no-pool', { noTop: true });
  assert.equal(
    layers.map((layer) => layer.name),
    ['conv2d_1', 'conv2d_2', 'conv2d_3'],
  );
  assert.is(totals.params, 55_744);
  assert.equal(layers.at(-1)!.outputShape, [22, 22, 64]);
  assert.throws(
    () => summaryOf('mnist-mlp', { noTop: true }),
    'Nothing of mnist-mlp is left without its classifier, which begins with its first layer, flatten_1: leave --no-top out.',
  );
});

test('without its classifier a model ends before its global pooling, side branches to it included', () => {
  const layers = [
    'conv2d: { name: a, filters: 4, kernelSize: 1 }',
    'conv2d: { name: b, filters: 4, kernelSize: 1, from: input }',
    'add: { from: [a, b] }',
    'globalAvgPool2d',
    'dense: { units: classes, activation: softmax }',
  ];
  const { layers: left } = summarise(graphOf(configOf(layers, { classifier: false })), { noTop: true });
  assert.equal(
    left.map((layer) => layer.name),
    ['a', 'b', 'add_1'],
  );
});

test('without pooling the last convolution sees 7x7 pixels, after a flatten everything is seen', () => {
  const { layers } = summaryOf('mnist-no-pool');
  assert.equal(
    layers.map((layer) => layer.receptiveField),
    [[3, 3], [5, 5], [7, 7], null, null, null],
  );
  assert.equal(summaryOf('mnist-basic').layers[4]!.receptiveField, [18, 18]);
});

test("a textbook's convolution: 200 maps of 150 x 100 from 5x5 windows on RGB", () => {
  const head = headWith('[28, 28, 1]', '[100, 150, 3]');
  const graph = graphOf(configOf(['conv2d: { filters: 200, kernelSize: 5, padding: same }'], { head }));
  const [conv] = summarise(graph).layers;
  assert.equal(conv!.outputShape, [100, 150, 200]);
  assert.is(conv!.params, 15_200);
  assert.is(conv!.macs, 225_000_000);
  assert.is(conv!.activationBytes, 12_000_000);
});

test('inference needs the largest set that lives together, training every output', () => {
  // 4 x 4 values: image 16, a 32 (kept for the add), b 64, c 32, add 32.
  const head = headWith('[28, 28, 1]', '[4, 4, 1]');
  const layers = [
    'conv2d: { name: a, filters: 2, kernelSize: 1 }',
    'conv2d: { name: b, filters: 4, kernelSize: 1 }',
    'conv2d: { name: c, filters: 2, kernelSize: 1 }',
    'add: { from: [c, a] }',
  ];
  const { totals } = summarise(graphOf(configOf(layers, { head })));
  assert.is(totals.inferenceActivationBytes, 4 * (32 + 64 + 32));
  assert.is(totals.trainingActivationBytes, 4 * (32 + 64 + 32 + 32 + 32 + 10));
});

test('the image counts neither in inference nor in training', () => {
  // The image flattened, 784 values, a hidden layer of 512, 10 classes.
  const { totals } = summaryOf('mnist-mlp');
  assert.is(totals.inferenceActivationBytes, 4 * (784 + 512));
  assert.is(totals.trainingActivationBytes, 4 * (784 + 512 + 10));
});

test('inference never needs more than training: the whole zoo, and 400 random networks', () => {
  const zoo = modelNames().map((name) => buildGraph(loadModel(name)));
  const random = Array.from({ length: 400 }, (_, seed) => randomNetwork(seed).graph);
  for (const graph of [...zoo, ...random]) {
    for (const auxiliaries of [false, true]) {
      const { layers, totals } = summarise(graph, { auxiliaries });
      const largest = Math.max(...layers.map(({ activationBytes }) => activationBytes));
      const { inferenceActivationBytes, trainingActivationBytes } = totals;
      const isBetween =
        largest <= inferenceActivationBytes && inferenceActivationBytes <= trainingActivationBytes;
      assert.ok(
        isBetween,
        `${graph.name}: ${largest}, ${inferenceActivationBytes}, ${trainingActivationBytes}`,
      );
    }
  }
});

test('a pooling that drops rows says how many', () => {
  const notes = (layer: string) => summarise(graphOf(configOf([layer]))).layers[0]!.notes;
  assert.equal(notes('maxPool2d: 3'), ['drops the last row and column']);
  assert.equal(notes('maxPool2d: { poolSize: [5, 7], strides: [5, 7] }'), ['drops the last 3 rows']);
  assert.equal(notes('conv2d: { filters: 1, kernelSize: 1, strides: [1, 5] }'), ['drops the last 2 columns']);
  assert.equal(notes('maxPool2d: { poolSize: 3, padding: same }'), []);
});

test('a rebuilt model is not held against published figures', () => {
  const spec = loadModel('lenet5');
  const rebuilt = summarise(buildGraph(spec, { classes: 20 }), { spec });
  assert.is(rebuilt.published, null);
  assert.equal(rebuilt.layers.at(-1)!.outputShape, [20]);
  assert.not.match(renderSummary(rebuilt, 'table', plainStyle()), 'Published');
  assert.equal(summarise(buildGraph(spec, { input: [32, 32, 3] })).input, [32, 32, 3]);
});

test('figures that differ from the published ones are marked', () => {
  const spec = loadModel('lenet5');
  const published = { ...spec.config.published, params: 60_000 };
  const summary = summarise(buildGraph(spec), { spec: { ...spec, config: { ...spec.config, published } } });
  assert.is(summary.published?.equal, false);
  assert.match(
    renderSummary(summary, 'table', plainStyle()),
    'Published   test accuracy 99.00 %; 60,000 parameters, ours are 1,706 more ✗\n',
  );
});

test('what stays as it is in training has a column of its own', () => {
  const summary = summarise(graphOf(configOf(['batchNorm'])));
  assert.is(summary.totals.nonTrainableParams, 2);
  const text = renderSummary(summary, 'table', plainStyle());
  assert.match(text, /Params {2}Trainable/);
  assert.match(text, 'Parameters  7,854 (31.4 kB), 7,852 trainable, 2 not\n');
});

test('models with branches show what each layer reads', () => {
  const layers = ['dropout: { name: a, rate: 0.1 }', 'add: { from: [a, input] }'];
  const text = renderSummary(summarise(graphOf(configOf(layers))), 'table', plainStyle());
  assert.match(text, /\nadd_1 +add +a input /);
});

test.run();
