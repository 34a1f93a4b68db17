import type { Format } from '../../commands/command.js';
import type { Comparison } from '../../compare/comparison.js';
import type { CompareRow } from '../../compare/row.js';
import { wrapText } from '../../ui/text.js';
import type { Tone } from '../../ui/theme.js';
import { renderCsv } from '../csv.js';
import { renderJson } from '../json.js';
import { renderMarkdown } from '../markdown.js';
import { renderTable, type TableStyle } from '../table.js';
import { allColumns, type CompareColumn, shownColumns } from './columns.js';

/**
 * A comparison in any format.
 * @param wanted the columns that were asked for; undefined for those that say something
 */
export function renderComparison(
  comparison: Comparison,
  format: Format,
  style: TableStyle,
  wanted?: readonly CompareColumn[],
): string {
  const { rows } = comparison;
  switch (format) {
    case 'json':
      return renderJson({ rows: wanted ? rows.map((row) => only(row, wanted)) : rows });
    case 'csv':
      return renderCsv(rows, wanted ?? allColumns());
    case 'markdown':
      return markdown(comparison, wanted ?? shownColumns(rows));
    case 'table':
      return text(comparison, style, wanted ?? shownColumns(rows));
  }
}

/** Some of a row's fields. */
function only(row: CompareRow, columns: readonly CompareColumn[]): Partial<CompareRow> {
  return Object.fromEntries(columns.map(({ key }) => [key, row[key as keyof CompareRow]]));
}

function text({ rows, notes }: Comparison, style: TableStyle, columns: readonly CompareColumn[]): string {
  const best = bestRow(rows);
  const tone = (row: CompareRow, column: CompareColumn): Tone => {
    if (row === best && column.key === 'testAccuracy') return 'good';
    return column.key === 'group' ? 'warning' : 'plain';
  };
  const table = renderTable(rows, columns, { ...style, tone });
  const lines = notes.flatMap((note) => wrapText(note, style.width));
  return notes.length === 0 ? table : `${table}\n${lines.join('\n')}\n`;
}

/** The most accurate run, where all runs can be held against each other and there is more than one. */
function bestRow(rows: readonly CompareRow[]): CompareRow | undefined {
  const tested = rows.filter((row) => row.testAccuracy !== null);
  if (tested.length < 2 || new Set(tested.map((row) => row.group)).size > 1) return undefined;
  return tested.reduce((best, row) => (row.testAccuracy! > best.testAccuracy! ? row : best));
}

function markdown({ rows, notes }: Comparison, columns: readonly CompareColumn[]): string {
  const table = renderMarkdown(rows, columns);
  return notes.length === 0 ? table : `${table}\n${notes.map((note) => `- ${note}\n`).join('')}`;
}
