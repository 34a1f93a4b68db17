import { test } from 'uvu';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { assertParity, zooGraph } from '../support/networks/parity.js';

/** Those that test/engines/onnx/parity-zoo.test.ts compares on smaller pictures, beside TensorFlow.js's plain JS backend. */
const STEPS = { 'mnist-basic': 20, 'mnist-no-pool': 1, 'fashion-cnn': 1 };

for (const [name, steps] of Object.entries(STEPS))
  test(`${name} at full size, the losses of each step: ${steps}`, () => {
    const optimizer = optimizerOf(loadModel(name));
    const { learningRate } = optimizer;
    return assertParity(zooGraph(name), { optimizer, learningRate, batchSize: 1, steps });
  });

test.run();
