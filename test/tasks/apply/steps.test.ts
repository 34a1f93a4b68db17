import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stepLines, stepList } from '../../../src/report/apply/steps-text.js';
import { moved, placeOfStep, stepAt, stepCount } from '../../../src/tasks/apply/steps.js';
import { wrapText } from '../../../src/terminal/text.js';
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

/** The figures under each title, row by row, and whether rows or columns are marked as left out. */
function blocksOf(lines: readonly string[], titles: readonly string[]) {
  return titles.map((title) => {
    const at = lines.findIndex((line) => new RegExp(`(^| {2,})${title}( {2,}|$)`).test(line));
    if (at < 0) return null;
    const from = lines[at]!.search(new RegExp(`(^|(?<= {2}))${title}`));
    const next = lines[at]!.slice(from + title.length).search(/\S/);
    const to = next < 0 ? undefined : from + title.length + next;
    const end = lines.findIndex((line, i) => i > at && (line === '' || / of the window$/.test(line)));
    return lines.slice(at + 1, end).map((line) => line.slice(from, to).trimEnd());
  });
}

const cut = await apply('[conv2d: {filters: 2, kernelSize: 5, activation: tanh}]', 'random:9x9x1');

/** How many figures each row of a block has, of the window alone where the input shows more. */
const figuresIn = (block: readonly string[] | null, figure: RegExp) =>
  (block ?? []).map((line) => line.match(figure)?.length ?? 0).filter((count) => count > 0);

/** Holds the three blocks of a step against each other. @returns whether they show a part of the window alone */
function assertAlike(lines: readonly string[], of: string, size: number): boolean {
  const shown = lines.join('\n');
  const blocks = blocksOf(lines, [`input${of}`, `kernel${of}`, 'products']);
  const ofWindow = figuresIn(blocks[0]!, /\[/g);
  for (const block of blocks.slice(1))
    assert.equal(figuresIn(block, /-?\d+(\.\d+)?/g).slice(0, size), ofWindow, shown);
  const words = lines.find((line) => line.endsWith(' of the window')) ?? '';
  const [height, across] = ofWindow.length === 0 ? [size, size] : [ofWindow.length, ofWindow[0]!];
  const rows = height < size ? `${height} of 5 rows` : undefined;
  const columns = across < size ? `${across} of 5 columns` : undefined;
  assert.is(/\d+ of \d+ rows/.exec(words)?.[0], rows, shown);
  assert.is(/\d+ of \d+ columns/.exec(words)?.[0], columns, shown);
  if (columns !== undefined) for (const block of blocks) assert.match(block![0]!, /…$/);
  return words !== '';
}

test('input, kernel and products show the same rows and columns of the window, and how many there are', () => {
  let partly = 0;
  for (const [width, rows] of [
    [39, 11],
    [39, 16],
    [52, 17],
    [65, 23],
    [80, 30],
    [119, 40],
  ] as const) {
    const own = style(width, rows);
    if (assertAlike(stepLines(cut, { layer: 0, step: 12 }, own), '', 5)) partly++;
    assertAlike(stepLines(applied, { layer: 0, step: 12 }, own), ' 0', 3);
  }
  assert.ok(partly > 0);
});

test('what comes out of a formula is shown to its last figure, however little room there is', () => {
  for (const [width, rows] of [
    [39, 11],
    [39, 8],
    [52, 17],
    [65, 23],
    [119, 24],
  ] as const) {
    for (const one of [cut, applied]) {
      one.layers.forEach((layer, number) => {
        const step = stepCount(layer) - 1;
        const text = stepLines(one, { layer: number, step }, style(width, rows))
          .join(' ')
          .replace(/ +/g, ' ');
        const result = stepAt(one, layer, step).text.split(' = ').at(-1)!;
        assert.ok(text.endsWith(` = ${result}`), `${width}x${rows}: ${text}`);
      });
    }
  }
});

const shares = await apply('[flatten, dense: {units: 10, activation: softmax}]', 'random:4x4x1');

test('where a formula leaves no room for a picture, the formula is shown', () => {
  const one = { layer: 1, step: 1 };
  const { text: formula } = stepAt(shares, shares.layers[1]!, 1);
  const result = formula.slice(formula.indexOf(' = '));
  const textIn = (rows: number) => stepLines(shares, one, style(39, rows)).join(' ').replace(/ +/g, ' ');
  assert.ok(textIn(30).endsWith(result) && textIn(30).includes('output'), textIn(30));
  const end = stepLines(shares, one, style(39, 30)).length;
  for (let rows = 6; rows < end; rows++) {
    const text = textIn(rows);
    const isWhole = text.endsWith(result);
    // The title, an empty line, a line of the terms, and the formula from the sum on.
    if (rows >= 3 + wrapText(`…${result}`, 39).length) assert.ok(isWhole, `${rows}: ${text}`);
    assert.ok(text.endsWith(result.slice(result.lastIndexOf(' = '))), `${rows}: ${text}`);
  }
});

test('the title says the place of the value, however narrow it is', () => {
  for (const width of [24, 39, 52, 119])
    assert.match(stepLines(cut, { layer: 0, step: 12 }, style(width))[0]!, /2,2,0/);
});

test('a formula goes on over the rows that are free', () => {
  const lines = stepLines(applied, { layer: 4, step: 0 }, style(119, 60));
  const text = lines.join(' ').replace(/ +/g, ' ');
  assert.ok(text.endsWith(stepAt(applied, applied.layers[4]!, 0).text), text);
});

test.run();
