import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Column } from '../../../../src/report/column.js';
import { createTheme } from '../../../../src/terminal/theme.js';
import { tableLines } from '../../../../src/ui/studio/parts/table-lines.js';

interface Row {
  readonly name: string;
}

const rows: readonly Row[] = Array.from({ length: 200 }, (_, i) => ({ name: `run-${i}` }));
let asked = 0;
const nameOf = (row: Row) => {
  asked++;
  return row.name;
};

function draw(at: number, header: string, of = rows, width = 40): string[] {
  const columns: readonly Column<Row>[] = [
    { key: 'name', header, priority: 0, value: nameOf },
    { key: 'again', header: 'again', priority: 1, value: nameOf },
  ];
  const table = { rows: of, columns, at, width, height: 11, isFocused: true, theme: createTheme(0, true) };
  return tableLines(table).map((line) => line.map(({ text }) => text).join(''));
}

test('a draw looks at the rows in sight alone, once the widths of all of them are known', () => {
  draw(0, 'Run');
  asked = 0;
  assert.match(draw(100, 'Run').join('\n'), /▸ run-100 {2}run-100/);
  assert.is(asked, 20);
});

test('the widths are those of the rows, the headings and the room that there are', () => {
  const before = draw(0, 'Run');
  assert.match(draw(0, 'A long heading')[1]!, /▸ run-0 {11}run-0/);
  assert.not.equal(draw(0, 'Run', rows, 12), before);
  assert.match(draw(0, 'Run', rows.slice(0, 2))[1]!, /▸ run-0 {2}run-0/);
  assert.equal(draw(0, 'Run'), before);
});

test.run();
