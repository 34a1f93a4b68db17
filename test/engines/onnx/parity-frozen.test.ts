import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/models/graph/graph.js';
import { weightsOf } from '../../../src/models/graph/graph.js';
import {
  assertParity,
  onnxEngine,
  optimizer,
  outcome,
  randomWeights,
} from '../../support/networks/parity.js';
import { graphOf } from '../../support/networks/yaml.js';

const test = suite('frozen layers and shares of the learning rate');

const LAYERS = `  - conv2d: { name: stem, filters: 16, kernelSize: 3, padding: same, useBias: false }
  - batchNorm: { name: norm }
  - activation: relu
  - residual: { name: block, filters: 16 }
  - maxPool2d
  - conv2d: { name: late, filters: 8, kernelSize: 3, activation: relu }
  - globalAvgPool2d
  - dense: { name: hidden, units: 6, activation: tanh }
  - dense: { name: head, units: classes, activation: softmax }
`;

function network(training: string): Graph {
  return graphOf(
    `input: [12, 12, 3]\nclasses: 4\ndataset: mnist\ntraining: { optimizer: sgd, ${training} }\nlayers:\n${LAYERS}`,
  );
}

const PARTS = {
  'the beginning': "freeze: [stem, norm, 'block*']",
  'the middle': "freeze: ['block*', late]",
  'batch normalization alone': "freeze: [norm, '*norm*']",
  'all but the head': 'freeze: all-but-head',
};

const MAKERS = {
  'in blocks': () => onnxEngine({ device: 'cpu' }),
  portable: () => onnxEngine({ device: 'cpu', blocks: false }),
};

for (const [what, training] of Object.entries(PARTS)) {
  for (const [how, make] of Object.entries(MAKERS)) {
    test(`${what} frozen, ${how}: a step as TensorFlow.js computes it`, async () => {
      const graph = network(training);
      const recipe = { optimizer: optimizer('sgd', { momentum: 0.9 }), learningRate: 0.1 };
      await assertParity(graph, { ...recipe, batchSize: 16, count: 13, steps: 1 }, 1e-4, make);
    });
  }

  test(`${what} frozen: the same bits after ten steps, and no slots`, async () => {
    const graph = network(training);
    const weights = randomWeights(graph);
    const before = new Map([...weights].map(([name, { data }]) => [name, data.slice()]));
    const recipe = { optimizer: optimizer('adam', { weightDecay: 0.01 }), learningRate: 0.01 };
    const { state } = await outcome(MAKERS['in blocks'], graph, {
      ...recipe,
      batchSize: 16,
      steps: 10,
      weights,
    });
    for (const { fullName, node, spec } of weightsOf(graph)) {
      const isSame = state.weights
        .get(fullName)!
        .data.every((value, i) => value === before.get(fullName)![i]);
      assert.is(isSame, node.frozen === true, fullName);
      const slots = [...state.slots.keys()].filter((name) => name.startsWith(`${fullName}/`));
      assert.is(slots.length > 0, spec.trainable, fullName);
    }
  });
}

test('micro-batches leave frozen layers as they are, too', async () => {
  const graph = network(PARTS['the middle']);
  const recipe = { optimizer: optimizer('sgd', { momentum: 0.9 }), learningRate: 0.1, steps: 1 };
  const whole = await outcome(MAKERS.portable, graph, { ...recipe, batchSize: 8 });
  const weights = randomWeights(graph);
  const parts = await outcome(MAKERS.portable, graph, { ...recipe, batchSize: 8, microBatches: 2 });
  assert.equal(parts.state.weights.get('late/kernel'), weights.get('late/kernel'));
  assert.equal([...parts.state.slots.keys()], [...whole.state.slots.keys()]);
});

for (const name of ['sgd', 'adam', 'rmsprop'] as const) {
  test(`shares of the learning rate with ${name}: a step as TensorFlow.js computes it`, async () => {
    const graph = network("layerLearningRates: { stem: 0.01, 'block*': 0.1, '*': 0.5 }");
    const recipe = { optimizer: optimizer(name), learningRate: 0.1 };
    await assertParity(graph, { ...recipe, batchSize: 16, steps: 1 });
  });
}

test('a share of the learning rate is one of the step of SGD', async () => {
  const recipe = { optimizer: optimizer('sgd'), learningRate: 0.1, batchSize: 4, steps: 1 };
  const plain = network('seed: 1');
  const slow = network('layerLearningRates: { late: 0.25 }');
  const moved = async (graph: Graph, weight: string) => {
    const before = randomWeights(graph).get(weight)!.data[0]!;
    return (await outcome(MAKERS.portable, graph, recipe)).state.weights.get(weight)!.data[0]! - before;
  };
  const ratio = (await moved(slow, 'late/kernel')) / (await moved(plain, 'late/kernel'));
  assert.ok(Math.abs(ratio - 0.25) < 1e-3, `${ratio}`);
  assert.is(await moved(slow, 'head/kernel'), await moved(plain, 'head/kernel'));
});

for (const [training, sentence] of [
  ['freeze: [stm]', /training\.freeze: no layer with weights is called "stm"\. Did you mean "stem"\?/],
  ['freeze: [maxPool2d_1]', /no layer with weights is called "maxPool2d_1"/],
  ["freeze: ['*']", /training\.freeze leaves no layer to train/],
  [
    'layerLearningRates: { heads: 0.1 }',
    /training\.layerLearningRates: no layer .* "heads"\. Did you mean "head"\?/,
  ],
  ['layerLearningRates: { head: 0 }', /layerLearningRates/],
] as const) {
  test(`what fits no layer is refused: ${training}`, () => {
    assert.throws(() => network(training), sentence);
  });
}

test.run();
