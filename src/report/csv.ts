import { csvField } from '../csv.js';
import type { Cell, Column } from './column.js';

/** RFC 4180, but with "\n" at the ends of lines, as Unix tools want them: a heading, then plain numbers and quoted texts. */
export function renderCsv<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  const lines = [
    columns.map((column) => column.key),
    ...rows.map((row) => columns.map((column) => column.value(row))),
  ];
  return lines.map((line) => `${line.map(field).join(',')}\n`).join('');
}

function field(value: Cell): string {
  if (value === null) return '';
  return csvField(String(value));
}
