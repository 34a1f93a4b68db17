/** What is drawn beside the weights of a file, and what is refused before anything long is done. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../src/models/build.js';
import { weightsOf } from '../../src/models/graph/graph.js';
import { initialWeights } from '../../src/models/graph/initial-weights.js';
import { trainable } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { applyLayers } from '../../src/tasks/apply/apply.js';
import { LOAD_TARGET } from '../../src/tasks/export/targets.js';
import { predictImages } from '../../src/tasks/predict/predict.js';
import { featureMaps } from '../../src/tasks/visualize/activity/features.js';
import { findResponses } from '../../src/tasks/visualize/activity/responses.js';
import { convolvePictures } from '../../src/tasks/visualize/convolve/convolve.js';
import { gradcam } from '../../src/tasks/visualize/evidence/gradcam.js';
import { occlude } from '../../src/tasks/visualize/evidence/occlusion.js';
import { evaluateRun } from '../../src/training/evaluation/evaluate-run.js';
import { openNetwork } from '../../src/training/evaluation/network.js';
import { readInitialWeights } from '../../src/training/initial-weights.js';
import { planTraining } from '../../src/training/plan.js';
import '../support/flags.js';
import { temporaryFolder } from '../support/folders.js';

const test = suite('drawn weights');

const folder = temporaryFolder();
const CPU = { engine: 'onnx', device: 'cpu', threads: 1 } as const;

/** The message of what is thrown. */
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'taken',
    (error: Error) => error.message,
  );

test('each weight is drawn from a stream of its own: left out or not, the others have the same bits', () => {
  const graph = buildGraph(loadModel('lenet5'));
  const all = initialWeights(graph, 7);
  assert.equal(
    [...all.keys()],
    weightsOf(graph).map(({ fullName }) => fullName),
  );
  for (const [name, tensor] of all)
    assert.equal(
      initialWeights(graph, 7, (one) => one === name),
      new Map([[name, tensor]]),
    );
});

test('a new head has the bits that it has among weights of which all are drawn', async () => {
  const file = join(folder, 'lenet5.safetensors');
  await (await LOAD_TARGET.safetensors()).write(await openNetwork('lenet5', undefined, () => {}), file);
  const spec = loadModel('lenet5', [{ path: ['classes'], value: 5, origin: 'a test' }] as never);
  const graph = buildGraph(spec);
  const { weights, drawn } = await readInitialWeights(file, graph, trainable(spec, graph), { newHead: true });
  const [head] = drawn;
  assert.equal([...drawn], [graph.nodes.findLast((node) => node.weights.length > 0)!.name]);
  const all = initialWeights(graph, spec.config.training.seed);
  for (const part of ['kernel', 'bias'])
    assert.equal(weights.get(`${head}/${part}`), all.get(`${head}/${part}`));
});

test('no weights of a large network are drawn where a file gives them, or where it is not there', async () => {
  const before = process.cpuUsage();
  const none = join(folder, 'none.pth');
  assert.is(await refusal(openNetwork('vgg19', none, () => {})), `--weights ${none}: there is no such file.`);
  // Drawing its 143 million weights takes several seconds.
  assert.ok(process.cpuUsage(before).user < 1e6);
});

test('images that are not there are refused before weights are read', async () => {
  const weights = join(folder, 'junk.pth');
  writeFileSync(weights, 'no weights at all');
  const [image, other] = [join(folder, 'nowhere.png'), join(folder, 'elsewhere.png')];
  const said = `${image} does not exist.`;
  const looked = { weights, ...CPU };
  const predict = (images: readonly string[]) =>
    refusal(predictImages({ run: 'vgg19', images, ...looked }, () => {}));
  assert.is(await predict([image]), said);
  assert.is(await predict([image, other]), `${said}\n${other} does not exist.`);
  assert.match(await predict([image, fileURLToPath(import.meta.url)]), /^.*junk\.pth is no file of weights/);
  assert.is(await refusal(featureMaps('vgg19', image, looked)), said);
  assert.is(await refusal(gradcam('vgg19', image, looked)), said);
  assert.is(await refusal(occlude('vgg19', image, looked)), said);
  assert.is(await refusal(applyLayers({ layers: 'vgg19', data: [image], ...looked })), said);
  assert.is(await refusal(convolvePictures([image], { from: 'vgg19', strides: 1, padding: 'same' })), said);
});

test('data sets that are not there are refused before weights are read', async () => {
  const weights = join(folder, 'junk.pth');
  writeFileSync(weights, 'no weights at all');
  const dataset = join(folder, 'no-data');
  const said = `There is no data folder ${dataset}; expected the name of a data set or a folder.`;
  const looked = { weights, dataset, split: 'test', ...CPU } as const;
  assert.is(await refusal(evaluateRun({ run: 'vgg19', ...looked }, () => {})), said);
  assert.is(await refusal(findResponses('vgg19', looked, () => {})), said);
  assert.is(await refusal(planTraining({ model: 'vgg19', weights, dataset })), said);
  assert.match(
    await refusal(evaluateRun({ run: 'vgg19', ...looked, dataset: 'mnits' }, () => {})),
    /^There is no data set "mnits"\. Did you mean "mnist"\?/,
  );
  mkdirSync(dataset, { recursive: true });
  assert.match(await refusal(evaluateRun({ run: 'vgg19', ...looked }, () => {})), /junk\.pth is no file/);
});

test.run();
