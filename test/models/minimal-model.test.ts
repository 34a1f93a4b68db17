import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../src/models/build.js';
import { summarise } from '../../src/models/summary.js';
import { loadModel } from '../../src/models/zoo.js';
import { readItems } from '../../src/tasks/compare/items.js';
import { exportNetwork } from '../../src/tasks/export/export.js';
import { planTraining, type TrainRequest } from '../../src/training/plan.js';
import { runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { trainHere, writeModel } from '../support/training.js';

/** Model files with no more than an input and layers. */
const folder = temporaryFolder();
const minimal = writeModel(
  folder,
  'input: [28, 28, 1]\nlayers: [maxPool2d: 4, flatten, dense: { units: 10, activation: softmax }]\n',
  'minimal.yaml',
);
const headless = writeModel(
  folder,
  'input: [8, 8, 1]\nlayers: [conv2d: { filters: 4, kernelSize: 3 }]\n',
  'headless.yaml',
);
const classless = writeModel(
  folder,
  'input: [8, 8, 1]\nlayers: [flatten, dense: { units: classes, activation: softmax }]\n',
  'classless.yaml',
);

test('input and layers are enough for summary, compare and architecture', () => {
  const { title, classes, totals } = summarise(buildGraph(loadModel(minimal), { anyHead: true }));
  assert.equal([title, classes, totals.params], ['minimal', 10, 500]);
  assert.is(readItems([minimal]).items.length, 1);
  for (const [words, model] of [
    [['summary'], headless],
    [['visualize', 'architecture'], minimal],
    [['compare'], headless],
  ] as const) {
    const { code, stderr } = runCli([...words, model]);
    assert.equal([code, stderr], [0, '']);
  }
});

test('a network without a head has no classes', () => {
  const { stdout } = runCli(['summary', headless]);
  assert.match(stdout, /^headless, input 8x8x1\n/);
  assert.is(JSON.parse(runCli(['summary', headless, '--json']).stdout).classes, null);
});

test('input and layers are enough for export', async () => {
  const out = join(folder, 'minimal.onnx');
  const { network } = await exportNetwork({ item: minimal, to: 'onnx', out }, () => {});
  assert.is(network.classes.length, 10);
});

test('what training needs beyond is asked for where it is missing', async () => {
  const refusals: [TrainRequest, string][] = [
    [
      { model: minimal },
      `${minimal}:1:1 training needs a data set: add "dataset: mnist", or give --dataset mnist.`,
    ],
    [
      { model: minimal, dataset: 'digits' },
      `${minimal}:1:1 training needs an optimizer: add "training: { optimizer: adam }", or give --optimizer adam.`,
    ],
    [
      { model: headless, dataset: 'digits', optimizer: 'adam' },
      `${headless}:2:10 conv2d_1: the last layer must give class probabilities, but gives 6x6x4: end in "flatten" and "dense: { units: 10, activation: softmax }".`,
    ],
    [
      { model: classless, dataset: 'digits' },
      `${classless}:1:1 dense_1 has as many units as there are classes, but nothing says how many: add "classes: 10".`,
    ],
  ];
  for (const [request, sentence] of refusals) {
    assert.is(await planTraining(request).then(() => 'accepted', messageOf), sentence);
  }
});

test('flags give what the file leaves out, and the run remembers it', async () => {
  const runDir = join(folder, 'run');
  const request = { model: minimal, dataset: 'digits', optimizer: 'adam', epochs: 1, limit: 64 };
  const { error } = await trainHere({ ...request, runDir });
  assert.is(error, undefined);
  const { config } = loadModel(join(runDir, 'config.yaml'));
  assert.equal([config.title, config.dataset, config.classes], ['minimal', 'digits', 10]);
  assert.is(config.training.optimizer?.name, 'adam');
});

function messageOf(error: unknown): string {
  return (error as Error).message;
}

test.run();
