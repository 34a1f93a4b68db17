import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OptimizerConfig } from '../../src/recipe/optimizers/index.js';
import { OPTIMIZERS, optimizerSchema } from '../../src/recipe/optimizers/index.js';
import type { Arithmetic, Optimizer } from '../../src/recipe/optimizers/optimizer.js';
import { type OptimizerFixture, optimizerFixtures } from '../support/networks/optimizer-fixtures.js';

const numbers: Arithmetic<number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  sqrt: Math.sqrt,
  addScaled: (a, b, factor) => a + factor * b,
  constant: (value) => value,
};

/** One weight's values after each step. */
function follow(settings: OptimizerConfig, fixture: OptimizerFixture, index: number): number[] {
  const optimizer = OPTIMIZERS[settings.name] as unknown as Optimizer<typeof optimizerSchema>;
  let weight = fixture.initial[index]!;
  let slots = optimizer.slots(settings).map(() => 0);
  return fixture.learningRates.map((rate, i) => {
    const next = optimizer.update(numbers, settings, {
      weight,
      gradient: fixture.gradients[i]![index]! + settings.weightDecay * weight,
      slots,
      stepSize: optimizer.stepSize(settings, rate, i + 1),
    });
    ({ weight, slots } = next);
    return weight;
  });
}

for (const [file, fixture] of optimizerFixtures()) {
  test(`${file}: the update rule gives PyTorch's weights`, () => {
    const settings = optimizerSchema.parse(fixture.optimizer);
    let worst = 0;
    for (const index of fixture.initial.keys()) {
      follow(settings, fixture, index).forEach((weight, step) => {
        const expected = fixture.weights[step]![index]!;
        worst = Math.max(worst, Math.abs(weight - expected) / Math.abs(expected));
      });
    }
    if (process.env.SHOW_ERRORS) console.log(file, worst);
    assert.ok(worst < 1e-12, `largest relative difference ${worst}`);
  });
}

test('every optimizer is held to PyTorch', () => {
  const held = optimizerFixtures().map(([, { optimizer }]) => optimizer.name);
  assert.equal([...new Set(held)].sort(), Object.keys(OPTIMIZERS).sort());
});

test('sgd without momentum keeps no state', () => {
  assert.equal(OPTIMIZERS.sgd.slots(OPTIMIZERS.sgd.schema.parse({})), []);
});

test.run();
