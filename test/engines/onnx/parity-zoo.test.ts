import { test } from 'uvu';
import { optimizerOf } from '../../../src/models/trainable.js';
import { loadModel, modelNames } from '../../../src/models/zoo.js';
import { assertParity, zooGraph } from '../../support/networks/parity.js';

/**
 * Whole networks of the zoo against TensorFlow.js's plain JS backend, each with its own optimizer. That backend takes
 * seconds for an image of the larger ones: those get smaller pictures, and test/long/zoo.long.ts has them at full size.
 */
const SMALLER: Record<string, [number, number, number]> = {
  'mnist-basic': [18, 18, 1],
  'mnist-no-pool': [10, 10, 1],
  'fashion-cnn': [8, 8, 1],
};

/** Those for larger pictures than MNIST's are too large for that backend: their layers and blocks are compared one by one. */
const SMALL = modelNames().filter((name) => loadModel(name).config.input[0] < 32);

for (const name of SMALL) {
  const optimizer = optimizerOf(loadModel(name));
  const recipe = { optimizer, learningRate: optimizer.learningRate };
  const smaller = SMALLER[name];

  if (!smaller || name === 'mnist-basic')
    test(`${name}: one step at full size`, () =>
      assertParity(zooGraph(name), { ...recipe, batchSize: 3, count: 2, steps: 1 }));

  test(`${name}: the losses of twenty steps${smaller ? ` on ${smaller.join('x')}` : ''}`, () =>
    assertParity(zooGraph(name, smaller), {
      ...recipe,
      batchSize: name === 'fashion-cnn' ? 1 : 2,
      steps: 20,
    }));
}

test.run();
