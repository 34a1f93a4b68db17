import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Split } from '../../../src/data/index.js';
import { createOnnxEngine } from '../../../src/engines/onnx/index.js';
import { buildGraph } from '../../../src/models/build.js';
import { trainable } from '../../../src/models/trainable.js';
import { loadModel } from '../../../src/models/zoo.js';
import { measureWithData } from '../../../src/tasks/bench/with-data.js';
import { cnnzoo } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { writeModel } from '../../support/training.js';

const folder = temporaryFolder();
const tiny = writeModel(folder);
const CPU = ['--engine', 'onnx', '--device', 'cpu', '--threads', '1'];

/** Black images, each batch of which takes so long to read. */
function images(count: number, ms: number): Split {
  const read = async () => void (ms > 0 && (await sleep(ms)));
  return { count, labels: new Int32Array(count), read };
}

async function measured(train: Split) {
  const spec = loadModel(tiny);
  const graph = buildGraph(spec);
  const training = { ...trainable(spec, graph).config.training, batchSize: 10 };
  const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
  try {
    return await measureWithData(engine, graph, {
      dataset: 'black',
      train,
      training,
      loadSeconds: 2,
      seconds: 0.5,
    });
  } finally {
    await engine.dispose();
  }
}

test('where batches come slowly the step waits, and training is as fast as they', async () => {
  // Eight batches are read at a time.
  const row = await measured(images(1000, 400));
  assert.equal([row.dataset, row.images, row.batchSize, row.loadSeconds], ['black', 1000, 10, 2]);
  assert.ok(row.pipelineImagesPerSecond < 250, `${row.pipelineImagesPerSecond}`);
  assert.ok(row.stepImagesPerSecond > 500, `${row.stepImagesPerSecond}`);
  assert.ok(row.imagesPerSecond < 400, `${row.imagesPerSecond}`);
  assert.ok(row.waitShare > 0.6 && row.waitShare <= 1, `${row.waitShare}`);
});

test('where they lie ready it hardly waits', async () => {
  const row = await measured(images(1000, 0));
  assert.ok(row.waitShare >= 0 && row.waitShare < 0.5, `${row.waitShare}`);
});

test('bench --with-data rebuilds a model for the images that it is given', async () => {
  const dataset = ['--dataset', 'shapes', '--seconds', '0.1', '--json'];
  const { code, stdout, stderr } = await cnnzoo(folder, [
    'bench',
    'lenet5',
    '--with-data',
    ...dataset,
    ...CPU,
  ]);
  assert.is(code, 0, stderr);
  const [row] = JSON.parse(stdout) as Record<string, unknown>[];
  assert.equal(Object.keys(row!), [
    ...['model', 'dataset', 'images', 'engine', 'device', 'threads', 'batchSize', 'loadSeconds'],
    ...['pipelineImagesPerSecond', 'stepImagesPerSecond', 'imagesPerSecond', 'waitShare', 'peakMemoryBytes'],
  ]);
  assert.equal([row!.model, row!.dataset, row!.batchSize, row!.threads], ['lenet5', 'shapes', 64, 1]);
});

test('what does not go together is told', async () => {
  const told = async (...args: string[]) => {
    const { code, stderr } = await cnnzoo(folder, ['bench', 'lenet5', ...args]);
    assert.is(code, 2, stderr);
    return stderr.trimEnd();
  };
  assert.is(
    await told('--dataset', 'digits'),
    '--dataset goes with --with-data: without it bench measures on random images.',
  );
  assert.is(await told('--with-data', '--mode', 'infer'), '--with-data and --mode do not go together.');
  assert.is(
    await told('--with-data', '--image-memory', 'much'),
    '--image-memory must be a number of bytes, such as 500MB or 2GB, got "much".',
  );
});

test.run();
