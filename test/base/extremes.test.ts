import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { maxOf, minOf } from '../../src/base/extremes.js';

test('the largest and the smallest of more numbers than a call takes arguments', () => {
  const many = new Float64Array(1_000_000).map((_, i) => Math.abs(i - 700_000));
  assert.throws(() => Math.max(...many), /call stack/);
  assert.is(maxOf(many), 700_000);
  assert.is(minOf(many), 0);
  assert.is(maxOf(many, 800_000), 800_000);
  assert.is(minOf(many, -1), -1);
});

test('as Math.max and Math.min have it where there are none, one, and one that is no number', () => {
  for (const values of [[], [3], [-1, Number.NaN, 5], [-0, 0]]) {
    assert.ok(Object.is(maxOf(values), Math.max(...values)), `the largest of ${values}`);
    assert.ok(Object.is(minOf(values), Math.min(...values)), `the smallest of ${values}`);
  }
});

test.run();
