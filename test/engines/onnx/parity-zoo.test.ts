import { test } from 'uvu';
import { optimizerOf } from '../../../src/models/trainable.js';
import { loadModel, modelNames } from '../../../src/models/zoo.js';
import { assertParity, zooGraph } from '../../support/networks/parity.js';

/**
 * Whole networks of the zoo against TensorFlow.js's plain JS backend, each with its own optimizer. That backend takes
 * seconds for an image of the larger ones: those get smaller pictures.
 */
const SMALLER: Record<string, { batchSize: number; input: [number, number, number] }> = {
  'mnist-no-pool': { batchSize: 1, input: [12, 12, 1] },
  'fashion-cnn': { batchSize: 1, input: [10, 10, 1] },
};

/** Those for larger pictures than MNIST's are too large for that backend: their layers and blocks are compared one by one. */
const SMALL = modelNames().filter((name) => loadModel(name).config.input[0] < 32);

for (const name of SMALL) {
  const optimizer = optimizerOf(loadModel(name));
  const recipe = { optimizer, learningRate: optimizer.learningRate };
  const smaller = SMALLER[name];

  // The others' are in test/long/zoo.long.ts: they take half a minute.
  if (!smaller)
    test(`${name}: one step at full size`, () =>
      assertParity(zooGraph(name), { ...recipe, batchSize: 3, count: 2, steps: 1 }));

  test(`${name}: the losses of twenty steps${smaller ? ` on ${smaller.input.join('x')}` : ''}`, async () => {
    await assertParity(zooGraph(name, smaller?.input), {
      ...recipe,
      batchSize: smaller?.batchSize ?? 2,
      steps: 20,
    });
  });
}

test.run();
