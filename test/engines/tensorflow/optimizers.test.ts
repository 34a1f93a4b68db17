import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLogitsModel, loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import { createUpdater } from '../../../src/engines/tensorflow/update.js';
import { optimizerFixtures } from '../../support/networks/optimizer-fixtures.js';
import { optimizer, show, tinyGraph } from '../../support/networks/tensorflow.js';
import { relativeDifference } from '../../support/values.js';

const { tf } = await loadPlainLibrary();

for (const [file, fixture] of optimizerFixtures()) {
  test(`${file}: the engine's update gives PyTorch's weights`, async () => {
    const updater = createUpdater(tf, optimizer(fixture.optimizer));
    // A network whose one weight has as many values as the fixture.
    const graph = tinyGraph(['flatten', { dense: { units: 10, useBias: false } }], [1, 1, 1]);
    const network = createLogitsModel(tf, graph, 'training');
    const [trained] = updater.track(network.weights);
    const { variable, fullName } = trained!.weight;
    assert.is(fullName, 'dense_1/kernel');
    variable.write(tf.tensor2d([...fixture.initial], [1, 10]));
    let worst = 0;
    for (const [i, rate] of fixture.learningRates.entries()) {
      updater.update(trained!, tf.tensor2d([...fixture.gradients[i]!], [1, 10]), rate, i + 1);
      worst = Math.max(worst, relativeDifference(variable.read().dataSync(), fixture.weights[i]!));
    }
    show(file, worst);
    assert.ok(worst < 1e-6, `largest relative difference ${worst}`);
  });
}

test.run();
