import { csvField as quoted } from '../base/text/csv.js';
import { visible } from '../base/text/visible.js';
import type { Cell, Column } from './column.js';

/** RFC 4180, but with "\n" at the ends of lines, as Unix tools want them: a heading, then plain numbers and quoted texts. */
export function renderCsv<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  const lines = [
    columns.map((column) => column.key),
    ...rows.map((row) => columns.map((column) => column.value(row))),
  ];
  return lines.map((line) => `${line.map(csvField).join(',')}\n`).join('');
}

/** A value in a line of CSV, quoted where it must be. */
export function csvField(value: Cell): string {
  if (value === null) return '';
  return quoted(visible(String(value)));
}
