import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as format from '../../src/base/text/format.js';
import { counted } from '../../src/base/text/words.js';
import { textWidth, truncate, wrapText } from '../../src/terminal/text.js';

function check<T>(name: string, apply: (value: T) => string, cases: readonly (readonly [T, string])[]): void {
  test(name, () => {
    for (const [value, expected] of cases) assert.is(apply(value), expected, `${name}(${String(value)})`);
  });
}

check('formatInteger', format.formatInteger, [
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1199882, '1,199,882'],
  [138365992, '138,365,992'],
  [-1234.5, '-1,235'],
  [Number.NaN, 'NaN'],
]);
check('formatDuration', format.formatDuration, [
  [0, '0.0s'],
  [4.23, '4.2s'],
  [9.96, '10s'],
  [59.4, '59s'],
  [59.5, '1m 00s'],
  [65, '1m 05s'],
  [7384, '2h 03m'],
  [273600, '3d 04h'],
  [-1, '-'],
  [Number.POSITIVE_INFINITY, '-'],
]);
check('formatEta', format.formatEta, [
  [0, '0s'],
  [0.2, '1s'],
  [64.2, '1m 05s'],
  [Number.NaN, '-'],
]);
check('formatRate', format.formatRate, [
  [5012.4, '5,012'],
  [99.96, '100'],
  [52.13, '52.1'],
  [9.996, '10.0'],
  [3.424, '3.42'],
  [Number.POSITIVE_INFINITY, '-'],
]);
check('formatPercent', (value: number) => format.formatPercent(value), [
  [0.99151, '99.15 %'],
  [1, '100.00 %'],
  [Number.NaN, 'NaN'],
]);
check('formatDone', format.formatDone, [
  [0, '0 %'],
  [0.9999, '99 %'],
  [1, '100 %'],
  [0.29, '29 %'],
  [7, '100 %'],
]);
check('formatLoss', format.formatLoss, [
  [0, '0.0000'],
  [0.02714, '0.0271'],
  [2.12345, '2.1235'],
  [0.0000321, '3.21e-5'],
  [123.456, '123.46'],
  [1234567, '1.23e+6'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'inf'],
  [Number.NEGATIVE_INFINITY, '-inf'],
]);
check('formatBrief', format.formatBrief, [
  [2.3456, '2.3'],
  [0.0412, '0.041'],
  [1234567, '1200000'],
]);
check('formatBytes', format.formatBytes, [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [11_490_434, '11.5 MB'],
  [3.2e9, '3.2 GB'],
]);
check('counted', (count: number) => counted(count, 'batch', 'batches'), [
  [1, '1 batch'],
  [0, '0 batches'],
  [1234, '1,234 batches'],
]);

test('textWidth counts columns, not characters', () => {
  assert.is(textWidth('abc · …'), 7);
  assert.is(textWidth('網絡'), 4);
  assert.is(textWidth('e\u0301'), 1);
  assert.is(textWidth('🙂'), 2);
  assert.is(textWidth('⣀━'), 2);
});

test('truncate marks what is missing', () => {
  assert.is(truncate('convnet', 7), 'convnet');
  assert.is(truncate('convnet', 6), 'convn…');
  assert.is(truncate('two words', 5), 'two…');
  assert.is(truncate('網絡網絡', 6), '網絡…');
  assert.is(truncate('abc', 1), '…');
  assert.is(truncate('abc', 0), '');
  assert.is(truncate('abcdef', 2, '...'), '..');
});

test('wrapText breaks at spaces, and words that are too long anywhere', () => {
  assert.equal(wrapText('one two three', 7), ['one two', 'three']);
  assert.equal(wrapText('/a/very/long/path is here', 8), ['/a/very/', 'long/pat', 'h is', 'here']);
  assert.equal(wrapText('', 8), ['']);
  assert.equal(wrapText('as it is', Number.POSITIVE_INFINITY), ['as it is']);
});

test.run();
