import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepLines, stepList } from '../../../src/report/apply/steps-text.js';
import { moved, placeOfStep, stepAt, stepCount } from '../../../src/tasks/apply/steps.js';
import { createTheme } from '../../../src/terminal/theme.js';
import { apply } from '../../support/networks/apply.js';

const LAYERS =
  '[conv2d: {filters: 2, kernelSize: 3, padding: same, activation: relu}, maxPool2d: 2, lrn, flatten, dense: {units: 3, activation: softmax}]';
const applied = await apply(LAYERS, 'random:6x7x2');
const style = (width: number, rows = 24) => ({ width, rows, theme: createTheme(0, true) });

test('a list has a line for every value of every layer, with the value that the engine gives', () => {
  const lines = [...stepList(applied)];
  assert.is(
    lines.length,
    applied.layers.reduce((sum, layer) => sum + stepCount(layer), 0),
  );
  assert.match(lines[0]!, /^conv2d_1 at 0,0,0: 0\*.* = .*, relu: max\(0, .*\) = .*\n$/);
  for (const layer of applied.layers) {
    const { shape, data } = layer.output;
    for (let step = 0; step < stepCount(layer); step++) {
      const place = placeOfStep(layer, step);
      const index = place.reduce((sum, at, axis) => sum * shape[axis + 1]! + at, 0);
      assert.ok(Math.abs(stepAt(applied, layer, step).value - data[index]!) < 1e-5);
    }
  }
});

test('keys move by values, rows, channels and layers, and stop at either end', () => {
  const begin = { layer: 0, step: 0 };
  assert.equal(moved(applied, begin, 'previous'), begin);
  assert.equal(moved(applied, begin, 'next'), { layer: 0, step: 1 });
  assert.equal(moved(applied, begin, 'down'), { layer: 0, step: 7 });
  assert.equal(moved(applied, begin, 'nextChannel'), { layer: 0, step: 42 });
  assert.equal(moved(applied, begin, 'last'), { layer: 0, step: 83 });
  assert.equal(moved(applied, { layer: 0, step: 83 }, 'next'), { layer: 0, step: 83 });
  assert.equal(moved(applied, { layer: 0, step: 83 }, 'up'), { layer: 0, step: 76 });
  assert.equal(moved(applied, { layer: 0, step: 83 }, 'first'), begin);
  assert.equal(moved(applied, { layer: 0, step: 5 }, 'nextLayer'), { layer: 1, step: 0 });
  assert.equal(moved(applied, begin, 'previousLayer'), { layer: 4, step: 0 });
  assert.equal(moved(applied, { layer: 4, step: 0 }, 'nextLayer'), begin);
});

test('every step fits terminals of 60 to 200 columns and 16 to 40 rows', () => {
  for (const width of [59, 79, 119, 199]) {
    for (const rows of [16, 24, 40]) {
      applied.layers.forEach((layer, number) => {
        for (let step = 0; step < stepCount(layer); step += 3) {
          const lines = stepLines(applied, { layer: number, step }, style(width, rows));
          const wide = lines.find((line) => line.length > width);
          assert.is(wide, undefined, `${width}x${rows}`);
          assert.ok(lines.length <= rows, `${lines.length} lines in ${rows}`);
        }
      });
    }
  }
});

test('the picture has the window on the input, the kernel, the products, the sum and the output so far', () => {
  const text = stepLines(applied, { layer: 0, step: 8 }, style(119, 40)).join('\n');
  assert.match(text, /^conv2d_1 {2}conv2d, layer 1 of 5 {2}step 9 of 84: 1,1,0\n/);
  for (const title of ['input 0', 'kernel 0', 'products', 'input 1', 'kernel 1', 'output 0'])
    assert.match(text, title);
  const { data } = applied.input;
  const value = (row: number, column: number) => String(Number(data[(row * 7 + column) * 2]!.toFixed(3)));
  assert.match(text.replace(/ +\]/g, ']'), `[${value(0, 0)}][${value(0, 1)}][${value(0, 2)}]`);
});

test.run();
