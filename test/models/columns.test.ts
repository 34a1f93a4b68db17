import '../support/flags.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batchMemory } from '../../src/models/batch-memory.js';
import { buildGraph } from '../../src/models/build.js';
import { summarise } from '../../src/models/summary.js';
import { loadModel } from '../../src/models/zoo.js';
import { namedColumns, SUMMARY_COLUMNS } from '../../src/report/summary/columns.js';
import { renderSummary } from '../../src/report/summary/render.js';
import { runCli } from '../support/cli.js';
import { configOf, graphOf, headWith } from '../support/networks/yaml.js';
import { plainStyle } from '../support/screens/style.js';

const textbook = () => {
  const head = headWith('[28, 28, 1]', '[100, 150, 3]');
  return graphOf(configOf(['conv2d: { filters: 200, kernelSize: 5, padding: same }'], { head }));
};

test("a textbook's convolution: the dense layer for the same work has 135 billion weights", () => {
  const [conv, flatten, dense] = summarise(textbook()).layers;
  assert.equal(conv!.kernel, [5, 5, 3, 200]);
  assert.is(conv!.denseWeights, 135_000_000_000);
  assert.equal([flatten!.kernel, flatten!.denseWeights], [null, null]);
  assert.equal([dense!.kernel, dense!.denseWeights], [[100 * 150 * 200, 10], null]);
});

test('kernels are as they are stored', () => {
  const kernels = (name: string) =>
    Object.fromEntries(
      summarise(buildGraph(loadModel(name))).layers.map((layer) => [layer.name, layer.kernel]),
    );
  const basic = kernels('mnist-basic');
  assert.equal([basic.conv2d_1, basic.conv2d_2, basic.maxPool2d_1], [[3, 3, 1, 32], [3, 3, 32, 64], null]);
  // The connection table of 1998 has 60 pairs of maps.
  assert.equal(
    Object.values(kernels('lenet5-1998')).find((shape) => shape?.length === 3),
    [5, 5, 60],
  );
});

test('a dense layer that computes as a convolution does has one weight for each pair of values', () => {
  // By hand: 4 x 4 values, 2 filters of 3x3 without padding give 2 x 2 x 2 of them.
  const graph = graphOf(
    configOf(['conv2d: { filters: 2, kernelSize: 3 }'], { head: headWith('[28, 28, 1]', '[4, 4, 1]') }),
  );
  assert.is(summarise(graph).layers[0]!.denseWeights, 16 * 8);
});

test('a batch holds parameters, gradients, what the optimizer keeps, and activations of all its images', () => {
  // By hand: 9 + 1 weights of the convolution, 4 x 10 + 10 of the dense layer; 4, 4 and 10 values of an image.
  const head = headWith('[28, 28, 1]', '[4, 4, 1]');
  const graph = graphOf(configOf(['conv2d: { filters: 1, kernelSize: 3 }'], { head }));
  const of = (optimizer: Parameters<typeof batchMemory>[2]) => batchMemory(graph, 32, optimizer);
  const sgd = { name: 'sgd', learningRate: 0.1, nesterov: false, weightDecay: 0 } as const;
  assert.equal(of({ ...sgd, momentum: 0 }), {
    batchSize: 32,
    optimizer: 'sgd',
    parameterBytes: 240,
    gradientBytes: 240,
    optimizerBytes: 0,
    activationBytes: 32 * 18 * 4,
    totalBytes: 240 + 240 + 32 * 18 * 4,
  });
  assert.is(of({ ...sgd, momentum: 0.9 }).optimizerBytes, 240);
  const adam = {
    name: 'adam',
    learningRate: 0.1,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    weightDecay: 0,
  } as const;
  assert.is(of(adam).optimizerBytes, 480);
  assert.equal([of(undefined).optimizer, of(undefined).optimizerBytes], [null, 0]);
});

test('what is not learned has neither gradient nor slots, and auxiliary classifiers count', () => {
  const graph = graphOf(configOf(['batchNorm']));
  const { parameterBytes, gradientBytes } = batchMemory(graph, 1, undefined);
  assert.is(parameterBytes - gradientBytes, 2 * 4);
  const spec = loadModel('googlenet');
  const { totals, auxiliaryParams } = summarise(buildGraph(spec), { spec, batchSize: 8 });
  assert.is(totals.batch!.parameterBytes, 4 * (totals.params + auxiliaryParams));
  assert.ok(auxiliaryParams > 0);
  assert.ok(totals.batch!.activationBytes > 8 * totals.trainingActivationBytes);
});

test("VGG-16's step on 32 images, as its config trains it", () => {
  const spec = loadModel('vgg16');
  const { totals } = summarise(buildGraph(spec), { spec, batchSize: 32 });
  // 138,357,544 weights, as many gradients and velocities; 15,237,608 values an image with flatten and dropout.
  assert.is(totals.batch!.parameterBytes, 553_430_176);
  assert.is(totals.batch!.gradientBytes, 553_430_176);
  assert.is(totals.batch!.optimizerBytes, 553_430_176);
  assert.is(totals.batch!.activationBytes, 32 * totals.trainingActivationBytes);
  const text = renderSummary(summarise(buildGraph(spec), { spec, batchSize: 32 }), 'table', plainStyle());
  assert.match(
    text,
    /\nBatch {7}a training step on 32 images holds \d\.\d GB by arithmetic: parameters 553\.4 MB, gradients 553\.4 MB, what sgd keeps 553\.4 MB, activations \d\.\d GB\n/,
  );
});

test('--columns takes every key, in every format', () => {
  const summary = summarise(textbook(), { explain: true });
  for (const format of ['table', 'json', 'csv', 'markdown'] as const)
    for (const key of SUMMARY_COLUMNS)
      assert.ok(renderSummary(summary, format, plainStyle(), namedColumns(['name', key])).length > 0);
  const columns = namedColumns(['name', 'kernel', 'denseWeights']);
  assert.is(
    renderSummary(summary, 'csv', plainStyle(), columns).split('\n')[1],
    'conv2d_1,5x5x3x200,135000000000',
  );
  const { layers } = JSON.parse(renderSummary(summary, 'json', plainStyle(), columns));
  assert.equal(layers[0], { name: 'conv2d_1', kernel: [5, 5, 3, 200], denseWeights: 135_000_000_000 });
  const table = renderSummary(summary, 'table', plainStyle(), columns);
  assert.match(table, /\nLayer +Kernel +As dense\n/);
  assert.match(table, /\nconv2d_1 +5x5x3x200 +135,000,000,000\n/);
  assert.match(table, /\nAs dense {4}the weights of a dense layer that would do a convolution's work, /);
  const { explanation } = summarise(textbook(), { explain: true }).layers[0]!;
  assert.ok(
    explanation!.includes('as a dense layer: (100 x 150 x 3) x (100 x 150 x 200) = 135000000000 weights'),
  );
});

test('a mistyped column gets what may have been meant, and what contradicts is refused', () => {
  const refusal = (...args: string[]) => {
    const { code, stderr } = runCli(['summary', 'lenet5', ...args]);
    assert.is(code, 2);
    return stderr;
  };
  assert.is(
    refusal('--columns', 'name,kernl'),
    '--columns: there is no column "kernl". Did you mean "kernel"?\n',
  );
  assert.match(
    refusal('--columns', 'zzzzzz'),
    /^--columns: there is no column "zzzzzz"\. There are name, type, /,
  );
  assert.match(refusal('--columns', 'name', '--explain'), /^--columns and --explain do not go together/);
  assert.match(
    refusal('--columns', 'name', '--style', 'keras'),
    /^--style keras and --columns do not go together/,
  );
  assert.match(refusal('--batch-size', '0'), /^--batch-size must be a whole number of at least 1, got 0/);
});

test.run();
