import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { halfToNumber, throughHalves, toHalves } from '../../src/base/half.js';
import { randomStream } from '../../src/base/random.js';

const test = suite('float16');

const ALL = Array.from({ length: 1 << 16 }, (_, bits) => bits);
const FINITE = ALL.filter((bits) => (bits & 0x7c00) !== 0x7c00);

test('every float16 that is a number comes back with its bits', () => {
  const values = Float32Array.from(FINITE, halfToNumber);
  assert.equal([...toHalves(values)], FINITE);
});

test('between two of them the nearer one is taken, and halfway the even one', () => {
  const positive = FINITE.filter((bits) => bits < 0x8000);
  for (const bits of positive.slice(0, -1)) {
    const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)];
    const gap = high - low;
    const given = Float32Array.of(low + 0.49 * gap, low + 0.5 * gap, low + 0.51 * gap, -(low + 0.51 * gap));
    const even = bits % 2 === 0 ? bits : bits + 1;
    assert.equal([...toHalves(given)], [bits, even, bits + 1, 0x8000 | (bits + 1)], `${bits}`);
  }
});

test('beyond the largest is infinity, and what is no number stays none', () => {
  const given = Float32Array.of(
    65504,
    65519,
    65520,
    1e30,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  );
  assert.equal([...toHalves(given)], [0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00]);
  assert.ok(Number.isNaN(throughHalves(Float32Array.of(Number.NaN))[0]));
  assert.equal([...toHalves(Float32Array.of(0, -0, 1e-30, 2 ** -25, 2 ** -25 * 1.01))], [0, 0x8000, 0, 0, 1]);
});

test('rounding moves a weight by at most 2^-11 of itself', () => {
  const random = randomStream(3, 'half');
  const values = Float32Array.from({ length: 10_000 }, () => random.uniform() * 4 - 2);
  throughHalves(values).forEach((half, i) => {
    assert.ok(Math.abs(half - values[i]!) <= Math.max(2 ** -25, Math.abs(values[i]!) * 2 ** -11));
  });
});

test.run();
