import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLogitsModel, loadPlainLibrary } from '../../../src/engines/tensorflow/index.js';
import { createUpdater } from '../../../src/engines/tensorflow/update.js';
import { optimizer, relativeError, show, tinyGraph } from '../../support/tensorflow.js';

/** Eight steps of one optimizer in PyTorch, float64: scripts/fixtures/optimizers.py. */
interface Fixture {
  readonly optimizer: Record<string, unknown>;
  readonly learningRates: readonly number[];
  readonly initial: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  /** After each step. */
  readonly weights: readonly (readonly number[])[];
}

const FOLDER = new URL('../../fixtures/optimizers/', import.meta.url);
const { tf } = await loadPlainLibrary();

for (const file of readdirSync(FOLDER).sort()) {
  test(`${file}: the engine's update gives PyTorch's weights`, async () => {
    const fixture = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture;
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
      worst = Math.max(worst, relativeError(variable.read().dataSync(), fixture.weights[i]!));
    }
    show(file, worst);
    assert.ok(worst < 1e-6, `largest relative difference ${worst}`);
  });
}

test.run();
