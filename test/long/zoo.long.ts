import { test } from 'uvu';
import { optimizerOf } from '../../src/models/trainable.js';
import { loadModel } from '../../src/models/zoo.js';
import { assertParity, zooGraph } from '../support/networks/parity.js';

/** Those that test/engines/onnx/parity-zoo.test.ts compares on smaller pictures, beside TensorFlow.js's plain JS backend. */
for (const name of ['mnist-no-pool', 'fashion-cnn'])
  test(`${name}: one step at full size`, () => {
    const optimizer = optimizerOf(loadModel(name));
    const { learningRate } = optimizer;
    return assertParity(zooGraph(name), { optimizer, learningRate, batchSize: 1, steps: 1 });
  });

test.run();
