import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { maxOf, median, minOf } from '../../src/base/extremes.js';

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

test('the median is the middle one, or the mean of the two in the middle, and leaves its numbers as they are', () => {
  const values = [30, 4, 100];
  assert.is(median(values), 30);
  assert.equal(values, [30, 4, 100]);
  assert.is(median([30, 4, 100, 20]), 25);
  assert.is(median([7]), 7);
});

test.run();
