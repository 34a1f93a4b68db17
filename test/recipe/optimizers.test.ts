import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OptimizerConfig } from '../../src/recipe/optimizers/index.js';
import { OPTIMIZERS, optimizerSchema } from '../../src/recipe/optimizers/index.js';
import type { Arithmetic, Optimizer } from '../../src/recipe/optimizers/optimizer.js';

/** Eight steps of one optimizer in PyTorch, float64: scripts/fixtures/optimizers.py. */
interface Fixture {
  readonly optimizer: Record<string, unknown>;
  readonly learningRates: readonly number[];
  readonly initial: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  /** After each step. */
  readonly weights: readonly (readonly number[])[];
}

const FOLDER = new URL('../fixtures/optimizers/', import.meta.url);

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
function follow(settings: OptimizerConfig, fixture: Fixture, index: number): number[] {
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

for (const file of readdirSync(FOLDER).sort()) {
  test(`${file}: the update rule gives PyTorch's weights`, () => {
    const fixture = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Fixture;
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

test('sgd without momentum keeps no state', () => {
  assert.equal(OPTIMIZERS.sgd.slots(OPTIMIZERS.sgd.schema.parse({})), []);
});

test.run();
