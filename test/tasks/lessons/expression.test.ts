import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../../src/tasks/lessons/evaluate.js';
import { parseExpression } from '../../../src/tasks/lessons/expression.js';

const RESULT = {
  name: 'lenet5',
  totals: { params: 61706 },
  layers: [
    { name: 'conv2d_1', params: 156, outputShape: [28, 28, 6] },
    { name: 'dense_1', params: 10164, outputShape: [84] },
  ],
  epochs: [
    { loss: 0.5, accuracy: 0.8, validationLoss: null },
    { loss: 0.25, accuracy: 0.9, validationLoss: null },
  ],
  'odd key]': [[1, 2], [3]],
  empty: [],
};

const NAMED = new Map<string, unknown>([
  ['full', { end: { testAccuracy: 0.9 } }],
  ['list', [1, 2]],
]);

const fail = (message: string) => new Error(message);
const comesTo = (text: string, own: unknown = RESULT) =>
  evaluate(parseExpression(text, fail), { own, named: NAMED }, fail);

const values: readonly [expression: string, value: unknown][] = [
  ['totals.params', 61706],
  [' totals . params ', 61706],
  ['$.totals.params', 61706],
  ['name', 'lenet5'],
  ['layers[0].outputShape', [28, 28, 6]],
  ['layers[-1].outputShape[0]', 84],
  ['layers[name=conv2d_1].params', 156],
  ['layers[ params = 10164 ].name', 'dense_1'],
  ['layers[*].params', [156, 10164]],
  ['layers[*].outputShape[0]', [28, 84]],
  ['$["odd key]"][0][1]', 2],
  ['1 - 0.25 - 0.25', 0.5],
  ['2 + 3 * 4', 14],
  ['(2 + 3) * 4', 20],
  ['8 / 4 / 2', 1],
  ['-2 * -3', 6],
  ['1e3 / 2.5e-1', 4000],
  ['layers[1].params / layers[0].params - 65', 10164 / 156 - 65],
  ['min(epochs[*].loss)', 0.25],
  ['max(epochs[*].accuracy)', 0.9],
  ['sum(layers[*].params) / 2', 5160],
  ['mean(epochs[*].loss)', 0.375],
  ['count(layers)', 2],
  ['sum($["odd key]"])', 6],
  ['abs(epochs[-1].loss - epochs[0].loss)', 0.25],
  ['abs(epochs[*].loss)', [0.5, 0.25]],
  ['max(abs(epochs[*].loss))', 0.5],
  ['epochs[0].validationLoss', null],
  ['@full.end.testAccuracy - epochs[0].accuracy', 0.9 - 0.8],
  ['@list[-1] * count(@list)', 4],
];

for (const [expression, value] of values) {
  test(`${expression} is ${JSON.stringify(value)}`, () => assert.equal(comesTo(expression), value));
}

test('of a result that is a list, $ is the list', () => {
  assert.is(comesTo('$[1].a', [{ a: 1 }, { a: 2 }]), 2);
  assert.is(comesTo('count($)', [1, 2, 3]), 3);
});

const errors: readonly [expression: string, sentence: string][] = [
  ['', 'at its end a number or a place in the result is missing.'],
  ['totals.', 'after a dot a key is missing.'],
  ['totals params', 'params does not belong here.'],
  ['(1 + 2', 'a ) is missing.'],
  ['* 2', 'before * a number or a place in the result is missing.'],
  ['totals#', '# does not belong here.'],
  ['layers[first]', '[first] must be an index such as [0] or [-1], [*], [name=conv2d_1] or a ["key"].'],
  ['layers[0', '[0 does not belong here.'],
  ['last(layers)', 'there is no function last(). There are count, sum, min, max, mean, abs.'],
  ['totls.params', 'there is no "totls" in the result. Did you mean "totals"?'],
  ['totals.parms', 'there is no "parms" in totals. Did you mean "params"?'],
  ['name.length', 'name is "lenet5", which has no "length".'],
  ['layers.params', 'layers is a list of 2 entries, which has no "params".'],
  ['layers[2].params', 'there is no entry 2 in layers, which has 2.'],
  ['layers[-3]', 'there is no entry -3 in layers, which has 2.'],
  ['totals[0]', 'totals is a mapping, where a list was expected.'],
  ['layers[name=conv2d_2]', 'no entry of layers has name=conv2d_2. Did you mean "conv2d_1"?'],
  ['layers[nam=conv2d_1]', 'no entry of layers has nam=conv2d_1. None has a "nam".'],
  ['layers[*].outputShape[1]', 'there is no entry 1 in layers[*].outputShape, which has 1.'],
  ['1 - epochs[0].validationLoss', 'epochs[0].validationLoss is null, where a number was expected.'],
  ['name * 2', 'name is "lenet5", where a number was expected.'],
  ['max(empty)', 'empty is an empty list, where numbers were expected.'],
  ['max(epochs[*].validationLoss)', 'epochs[*].validationLoss has null, where numbers were expected.'],
  ['totals.@full', 'after a dot a key is missing.'],
  ['@ful.end', 'there is no result of the step "ful": it was left out.'],
  ['@full.ende', 'there is no "ende" in @full. Did you mean "end"?'],
  ['@full.end.testAccuracy.x', '@full.end.testAccuracy is 0.9, which has no "x".'],
  ['1 / (1 - 1)', 'what was worked out is 0, and nothing can be divided by that.'],
  ['1 / 0', '0 is 0, and nothing can be divided by that.'],
  ['$["a" "b"]', '["a" "b"] must be an index such as [0] or [-1], [*], [name=conv2d_1] or a ["key"].'],
  ['$["\\x"]', '["\\x"] is no key in double quotes as JSON has it.'],
  ['count(totals)', 'totals is a mapping, where a list was expected.'],
];

for (const [expression, sentence] of errors) {
  test(`${expression || 'nothing'} is refused`, () => {
    assert.throws(
      () => comesTo(expression),
      (error: Error) => assert.is(error.message, sentence) ?? true,
    );
  });
}

test('what an object inherits is no key of it', () => {
  assert.throws(() => comesTo('totals.constructor'), /there is no "constructor" in totals/);
});

test.run();
