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
import { seedColumns } from './seeds.js';
import { statements } from './statements.js';

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
      return renderJson(asJson(comparison, wanted));
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

/** The rows first; then what follows from them, where anything does. */
function asJson({ rows, seeds, differences, notes }: Comparison, wanted?: readonly CompareColumn[]): object {
  return {
    rows: wanted ? rows.map((row) => only(row, wanted)) : rows,
    ...(seeds.length > 0 ? { seeds } : {}),
    ...(differences.length > 0 ? { differences } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function text(comparison: Comparison, style: TableStyle, columns: readonly CompareColumn[]): string {
  const { rows, seeds, notes } = comparison;
  const best = bestRow(rows);
  const tone = (row: CompareRow, column: CompareColumn): Tone => {
    if (row === best && column.key === 'testAccuracy') return 'good';
    return column.key === 'group' ? 'warning' : 'plain';
  };
  const blocks = [renderTable(rows, columns, { ...style, tone })];
  if (seeds.length > 0) {
    const title = style.theme.paint('strong', 'Over seeds');
    blocks.push(`${title}\n${renderTable(seeds, seedColumns, style)}`);
  }
  for (const sentences of [statements(comparison.differences), notes]) {
    const lines = sentences.flatMap((sentence) => wrapText(sentence, style.width));
    if (lines.length > 0) blocks.push(`${lines.join('\n')}\n`);
  }
  return blocks.join('\n');
}

/** The most accurate run, where all runs can be held against each other and there is more than one. */
function bestRow(rows: readonly CompareRow[]): CompareRow | undefined {
  const tested = rows.filter((row) => row.testAccuracy !== null);
  if (tested.length < 2 || new Set(tested.map((row) => row.group)).size > 1) return undefined;
  return tested.reduce((best, row) => (row.testAccuracy! > best.testAccuracy! ? row : best));
}

function markdown(comparison: Comparison, columns: readonly CompareColumn[]): string {
  const { rows, seeds, differences, notes } = comparison;
  const blocks = [renderMarkdown(rows, columns)];
  if (seeds.length > 0) blocks.push(renderMarkdown(seeds, seedColumns));
  const sentences = [...statements(differences), ...notes];
  if (sentences.length > 0) blocks.push(sentences.map((sentence) => `- ${sentence}\n`).join(''));
  return blocks.join('\n');
}
