import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../../src/base/random.js';
import { bytesOverflow, productOfLargest } from '../../../../src/engines/onnx/int8/exact-bytes.js';
import {
  quantizationOf,
  quantizedBias,
  quantizedFilters,
} from '../../../../src/engines/onnx/int8/numbers.js';

const test = suite('whole numbers for real ones');

test('255 steps reach from the low to the high end, and 0 is one of the bytes', () => {
  for (const [low, high] of [
    [-1, 3],
    [0, 6],
    [-5, 0],
    [0.5, 2],
    [-4, -1],
    [-1e-6, 1e6],
  ] as const) {
    const { scale, zeroPoint } = quantizationOf([low, high]);
    const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
    assert.ok(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255);
    // The zero point is rounded, so that both ends may be half a step away.
    assert.ok(Math.abs(-zeroPoint * scale - from) <= 0.501 * scale, `${low}`);
    assert.ok(Math.abs((255 - zeroPoint) * scale - to) <= 0.501 * scale, `${high}`);
  }
  assert.equal(quantizationOf([0, 0]), { scale: 1, zeroPoint: 0 });
  assert.equal(quantizationOf([0, 1]), { scale: Math.fround(1 / 255), zeroPoint: 0 });
});

test('a weight is at most half a step of its own filter away, in both layouts', () => {
  const random = randomStream(1, 'weights');
  const [filters, each] = [5, 9];
  const data = Float32Array.from({ length: filters * each }, () => random.normal());
  for (const axis of [0, 1] as const) {
    const filterOf = (i: number) => (axis === 0 ? Math.floor(i / each) : i % filters);
    // A filter of large values costs the others nothing.
    const uneven = data.map((value, i) => (filterOf(i) === 2 ? 1000 * value : value));
    const { data: whole, scales } = quantizedFilters(uneven, filters, axis, null, 1);
    whole.forEach((value, i) => {
      const scale = scales[filterOf(i)]!;
      assert.ok(Math.abs(value * scale - uneven[i]!) <= 0.5001 * scale);
      assert.ok(scale < (filterOf(i) === 2 ? 100 : 0.1));
    });
    for (let filter = 0; filter < filters; filter++)
      assert.is(Math.max(...[...whole].filter((_, i) => filterOf(i) === filter).map(Math.abs)), 127);
  }
});

test('a filter of zeros keeps a scale, and its bias stays within an int32', () => {
  const bias = Float32Array.of(3, -7, 0.5);
  const data = Float32Array.of(0, 0, 1e-12, -1e-12, 0.5, 0.25);
  const inputScale = 0.01;
  const filters = quantizedFilters(data, 3, 0, bias, inputScale);
  const whole = quantizedBias(bias, filters.scales, inputScale);
  whole.data.forEach((value, filter) => {
    const step = whole.scales[filter]!;
    assert.ok(Math.abs(value * step - bias[filter]!) <= Math.max(step, 1e-6 * Math.abs(bias[filter]!)));
    assert.ok(Math.abs(value) <= 2 ** 30 + 128);
  });
  assert.ok(filters.scales.every((scale) => scale > 0));
});

test('the largest products are added up exactly here, as programs ask for it', async () => {
  const exact = 64 * 255 * 127;
  assert.is(await productOfLargest({ exactBytes: true }), exact);
  assert.is(await productOfLargest({ exactBytes: await bytesOverflow() }), exact);
});

test.run();
