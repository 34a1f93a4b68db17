import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { flowed } from '../../../src/report/results/lessons/flow.js';
import { boundText, valueText } from '../../../src/report/results/lessons/values.js';
import { textWidth } from '../../../src/terminal/text.js';
import { createTheme } from '../../../src/terminal/theme.js';

test('paragraphs are flowed, what begins with a space stays, bullets hang', () => {
  const text = `One two
three four five six seven.

  y = max(x,   0)
- first of the points,
which goes on
- second
`;
  assert.equal(flowed(text, 20), [
    'One two three four',
    'five six seven.',
    '',
    '  y = max(x,   0)',
    '- first of the',
    '  points, which goes',
    '  on',
    '- second',
  ]);
});

test('Korean fits the width, where a letter takes two columns', () => {
  const text = '합성곱 신경망은 완전 연결 신경망보다 파라미터가 적은데도 훨씬 덜 틀립니다.';
  const lines = flowed(text, 24);
  assert.is(lines.join(' '), text);
  assert.ok(lines.every((line) => textWidth(line) <= 24));
  assert.ok(lines.length <= Math.ceil(textWidth(text) / 18));
});

test('values are short and exact', () => {
  const cases: readonly [unknown, string][] = [
    [55744, '55,744'],
    [0.990800023, '0.9908'],
    [-0.5, '-0.5'],
    [1e-7, '1e-7'],
    ['9 = 9', '9 = 9'],
    [true, 'true'],
    [null, 'null'],
    [[26, 26, 32], '26 26 32'],
    [
      [
        [[9], [2]],
        [[6], [3.75]],
      ],
      '9 2; 6 3.75',
    ],
    [{ a: 1 }, '{"a":1}'],
  ];
  for (const [value, text] of cases) assert.is(valueText(value), text);
});

test('bounds, with signs that the terminal has', () => {
  const [unicode, ascii] = [createTheme(0, true).glyphs, createTheme(0, false).glyphs];
  assert.is(boundText({ kind: 'equals', value: 9 }, unicode), '9');
  assert.is(boundText({ kind: 'atLeast', value: 0.98 }, unicode), '≥ 0.98');
  assert.is(boundText({ kind: 'atMost', value: 0.98 }, ascii), '<= 0.98');
  assert.is(boundText({ kind: 'within', value: 0.991, tolerance: 0.005 }, unicode), '0.991 ± 0.005');
  assert.is(boundText({ kind: 'within', value: 0.991, tolerance: 0.005 }, ascii), '0.991 +- 0.005');
});

test.run();
