import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Engine } from '../../../src/engines/engine.js';
import { featureCut } from '../../../src/engines/features/cut.js';
import { withFeatures } from '../../../src/engines/features/engine.js';
import { FeatureStore } from '../../../src/engines/features/store.js';
import type { Graph } from '../../../src/models/graph/graph.js';
import {
  assertTensorsClose,
  onnxEngine,
  optimizer,
  randomBatch,
  randomWeights,
} from '../../support/networks/parity.js';
import { graphOf } from '../../support/networks/yaml.js';

const test = suite('features computed once');

const VGG = `  - conv2d: { filters: 6, kernelSize: 3, activation: relu }
  - maxPool2d
  - flatten
  - dense: { name: fc1, units: 12, activation: relu }
  - dropout: 0.5
  - dense: { name: fc2, units: 9, activation: relu }
  - dropout: 0.5
  - dense: { name: head, units: classes, activation: softmax }
`;
const RESNET = `  - conv2d: { name: stem, filters: 8, kernelSize: 3, useBias: false }
  - batchNorm
  - activation: relu
  - residual: { filters: 8 }
  - globalAvgPool2d: { name: pool }
  - dense: { name: head, units: classes, activation: softmax }
`;

const network = (layers: string, freeze: string): Graph =>
  graphOf(
    `input: [9, 9, 3]\nclasses: 4\ndataset: mnist\ntraining: { optimizer: sgd, freeze: ${freeze} }\nlayers:\n${layers}`,
  );

for (const [what, layers, freeze, layer] of [
  ['a residual network is cut behind its pooling', RESNET, 'all-but-head', 'pool'],
  ['dropout belongs to what is computed anew', VGG, 'all-but-head', 'fc1'],
  ['a flattened map is a vector too', VGG, "['conv2d_1']", 'flatten_1'],
  ['a map is none', RESNET, '[stem]', null],
  [
    'what has no weights is not worth keeping',
    VGG.replace(/^ {2}- (conv2d|maxPool2d).*\n/gm, ''),
    '[fc2]',
    null,
  ],
  ['with nothing frozen there is no cut', VGG, '[]', null],
  ['a batch normalization that is trained gives other values in each step', RESNET, "[stem, '*conv*']", null],
] as const) {
  test(what, () => {
    assert.is(featureCut(network(layers, freeze))?.layer ?? null, layer);
  });
}

/** An engine that counts the images which its programs of one image a batch are given. */
function counting(engine: Engine): Engine & { images(): number } {
  let images = 0;
  return {
    ...engine,
    images: () => images,
    async inferenceProgram(graph, options) {
      const program = await engine.inferenceProgram(graph, options);
      if (options.batchSize !== 1) return program;
      return {
        ...program,
        run(batch) {
          images++;
          return program.run(batch);
        },
      };
    },
    dispose: () => engine.dispose(),
  };
}

for (const [name, layers] of Object.entries({ VGG, RESNET })) {
  test(`${name}: steps and answers are as without, and an image is computed once`, async () => {
    const graph = network(layers, 'all-but-head');
    const plain = await onnxEngine({ device: 'cpu' });
    const counted = counting(plain);
    const cached = withFeatures(counted, graph, featureCut(graph)!);
    const options = { batchSize: 8, optimizer: optimizer('adam') };
    const states = [];
    for (const engine of [plain, cached]) {
      const program = await engine.trainingProgram(graph, options);
      await program.load({ weights: randomWeights(graph), slots: new Map(), step: 0 });
      const results = [];
      for (const seed of [0, 1, 0, 1]) {
        results.push(...(await program.train([randomBatch(graph, 8, seed === 0 ? 8 : 5, seed)], [0.01])));
      }
      const state = await program.save();
      const inference = await engine.inferenceProgram(graph, { batchSize: 8 });
      await inference.load(
        new Map([...state.weights].map(([key, value]) => [key, { ...value, data: value.data.slice() }])),
      );
      const { probabilities, losses } = await inference.run(randomBatch(graph, 8, 8, 0));
      states.push({ results, state, probabilities, losses });
    }
    const [expected, actual] = states as [(typeof states)[0], (typeof states)[0]];
    assert.is(counted.images(), 8 + 5);
    assertTensorsClose(actual.state.weights, expected.state.weights, 1e-3, 'weight');
    assert.equal([...actual.state.slots.keys()], [...expected.state.slots.keys()]);
    expected.results.forEach(({ loss }, i) => {
      assert.ok(Math.abs(actual.results[i]!.loss - loss) < 1e-5 * loss, `loss ${i}`);
    });
    for (const [i, p] of expected.probabilities.entries())
      assert.ok(Math.abs(actual.probabilities[i]! - p) < 1e-5, `probability ${i}`);
    await cached.dispose();
  });
}

test('other frozen weights make what is known forgotten', async () => {
  const graph = network(RESNET, 'all-but-head');
  const engine = counting(await onnxEngine({ device: 'cpu' }));
  const cached = withFeatures(engine, graph, featureCut(graph)!);
  const program = await cached.inferenceProgram(graph, { batchSize: 4 });
  const answers = [];
  for (const seed of [1, 2, 1]) {
    await program.load(randomWeights(graph, seed));
    answers.push((await program.run(randomBatch(graph, 4, 4, 0))).probabilities);
  }
  assert.is(engine.images(), 12);
  assert.equal(answers[0], answers[2]);
  assert.not.equal(answers[0], answers[1]);
  await cached.dispose();
});

const files = () => readdirSync(tmpdir()).filter((name) => name.startsWith('.cnnzoo-features'));

test('what does not fit in memory lies in a file, which is checked and goes in the end', async () => {
  const before = files();
  const store = new FeatureStore(3, 24);
  const values = (i: number) => Float32Array.of(i, -i, 1 / (i + 1));
  for (let i = 0; i < 10; i++) await store.set(`${i}`, values(i));
  for (let i = 0; i < 10; i++) assert.equal(await store.get(`${i}`), values(i));
  assert.is(await store.get('10'), undefined);
  const [file] = files().filter((name) => !before.includes(name));
  writeFileSync(join(tmpdir(), file!), Buffer.alloc(200));
  const error = await store.get('5').catch(({ message }: Error) => message);
  assert.match(String(error), /holds features of images, was changed or damaged/);
  await store.close();
  assert.equal(files(), before);
});

test.run();
