import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatInteger } from '../../src/base/text/format.js';
import type { Column } from '../../src/report/column.js';
import { renderCsv } from '../../src/report/csv.js';
import { renderJson } from '../../src/report/json.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderTable } from '../../src/report/table.js';
import { truncateMiddle } from '../../src/terminal/text.js';
import { createTheme } from '../../src/terminal/theme.js';
import { plainStyle } from '../support/screens/style.js';

interface Row {
  readonly name: string;
  readonly title: string;
  readonly count: number | null;
  readonly size: number;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { key: 'title', header: 'Title', priority: 2, shrinkTo: 8, value: (row) => row.title },
  {
    key: 'count',
    header: 'Count',
    priority: 1,
    align: 'right',
    value: (row) => row.count,
    format: formatInteger,
  },
  { key: 'size', header: 'Size', priority: 3, align: 'right', value: (row) => row.size },
];
const rows: readonly Row[] = [
  { name: 'one', title: 'A title, with "quotes"', count: 1_234_567, size: 0.5 },
  { name: 'another', title: 'Short | piped', count: null, size: 12 },
];

test('a table is as wide as its texts where there is room', () => {
  const text = [
    'Name     Title                       Count  Size',
    '───────  ──────────────────────  ─────────  ────',
    'one      A title, with "quotes"  1,234,567   0.5',
    'another  Short | piped                        12',
    '',
  ].join('\n');
  assert.is(renderTable(rows, columns, plainStyle()), text);
  assert.is(renderTable(rows, columns, plainStyle(48)), text);
});

test('a text that may shrink does so first', () => {
  assert.is(
    renderTable(rows, columns, plainStyle(40)),
    [
      'Name     Title               Count  Size',
      '───────  ──────────────  ─────────  ────',
      'one      A title, with…  1,234,567   0.5',
      'another  Short | piped                12',
      '',
    ].join('\n'),
  );
});

test('then whole columns go, the least important first', () => {
  assert.is(
    renderTable(rows, columns, plainStyle(30)),
    [
      'Name     Title           Count',
      '───────  ──────────  ─────────',
      'one      A title,…   1,234,567',
      'another  Short | p…',
      '',
    ].join('\n'),
  );
  assert.is(renderTable(rows, columns, plainStyle(20)).split('\n')[2], 'one      1,234,567');
  assert.is(renderTable(rows, columns, plainStyle(17)).split('\n')[2], 'one');
});

test('no line is ever wider than the terminal, and no number is cut', () => {
  const numbers = ['1,234,567', '0.5', '12'];
  for (let width = 7; width <= 60; width++) {
    const lines = renderTable(rows, columns, plainStyle(width)).split('\n');
    assert.ok(
      lines.every((line) => line.length <= width),
      `at ${width}`,
    );
    for (const found of lines.join(' ').match(/[\d,.]*\d[\d,.]*/g) ?? [])
      assert.ok(numbers.includes(found), found);
  }
});

test('the last column left is cut rather than wrapped', () => {
  assert.is(renderTable(rows, columns, plainStyle(5)).split('\n')[3], 'anot…');
});

test('a path is cut in its middle, so that the name of its file stays', () => {
  assert.is(truncateMiddle('/home/ann/pictures/val/cat/0123.png', 24), '/home/a…val/cat/0123.png');
  assert.is(truncateMiddle('/home/ann/pictures/val/cat/0123.png', 9), '…0123.png');
  assert.is(truncateMiddle('mnist:test:1790', 15), 'mnist:test:1790');
  const path = '/home/ann/pictures/validation/cat/image-0123.png';
  const name = '/image-0123.png';
  for (let width = 1; width <= 60; width++) {
    const cut = truncateMiddle(path, width);
    assert.ok(cut.length <= width, `${width}: ${cut}`);
    if (width > name.length) assert.ok(cut.endsWith(name), `${width}: ${cut}`);
  }
  const image: Column<string> = {
    key: 'image',
    header: 'Image',
    priority: 0,
    shrinkTo: 20,
    value: (text) => text,
  };
  const line = (column: Column<string>) => renderTable([path], [column], plainStyle(24)).split('\n')[2];
  assert.is(line(image), '/home/ann/pictures/vali…');
  assert.is(line({ ...image, cut: 'middle' }), '/home/a…t/image-0123.png');
});

test('totals stand below a rule, and only where there are any', () => {
  const lines = renderTable(rows, columns, { ...plainStyle(), total: { name: 'Total', size: '12.5' } }).split(
    '\n',
  );
  assert.is(lines.at(-3), '───────  ──────────────────────  ─────────  ────');
  assert.is(lines.at(-2), 'Total                                       12.5');
});

test('colours and characters are those of the theme', () => {
  const ascii = renderTable(rows, columns, { width: Number.POSITIVE_INFINITY, theme: createTheme(0, false) });
  assert.match(ascii, '\n-------  ----------------------  ---------  ----\n');
  const coloured = renderTable(rows, columns, { width: 40, theme: createTheme(1, true) });
  assert.match(coloured, '\u001b[1mName\u001b[22m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking the colours out again
  assert.is(coloured.replace(/\u001b\[\d+m/g, ''), renderTable(rows, columns, plainStyle(40)));
});

test('CSV quotes what needs it (RFC 4180) and leaves numbers as they are', () => {
  assert.is(
    renderCsv(rows, columns),
    'name,title,count,size\none,"A title, with ""quotes""",1234567,0.5\nanother,Short | piped,,12\n',
  );
});

test('markdown aligns numbers and escapes bars', () => {
  assert.is(
    renderMarkdown(rows, columns, ['**Total**', '', '', '12.5']),
    [
      '| Name      | Title                  |     Count | Size |',
      '| --------- | ---------------------- | --------: | ---: |',
      '| one       | A title, with "quotes" | 1,234,567 |  0.5 |',
      '| another   | Short \\| piped         |           |   12 |',
      '| **Total** |                        |           | 12.5 |',
      '',
    ].join('\n'),
  );
});

test('JSON keeps lists of numbers on a line and reads back as it was', () => {
  const value = { a: [1, 2, 3], b: [{ c: null, d: 'x' }], e: {}, f: [], g: [[1, 2], [3]], h: undefined };
  const text = renderJson(value);
  assert.match(text, '\n  "a": [1, 2, 3],\n');
  assert.equal(JSON.parse(text), JSON.parse(JSON.stringify(value)));
  assert.is(renderJson([Number.NaN, undefined]), '[null, null]\n');
});

test.run();
