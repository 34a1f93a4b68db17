import type { Comparison } from '../../tasks/compare/comparison.js';
import type { Cost } from '../../tasks/compare/costs.js';
import { type ParetoPoint, paretoPoints } from '../../tasks/compare/pareto.js';
import type { CompareRow } from '../../tasks/compare/row.js';
import { wrapText } from '../../terminal/text.js';
import type { Tone } from '../../terminal/theme.js';
import { renderCsv } from '../csv.js';
import type { Format } from '../format.js';
import { renderJson } from '../json.js';
import { markdownText, renderMarkdown } from '../markdown.js';
import { renderTable, type TableStyle } from '../table.js';
import { type CompareColumn, fieldsOf } from './column.js';
import { allColumns, bestRow, shownColumns } from './columns.js';
import { gapNotes } from './gap-notes.js';
import { lettered, paretoColumns, renderPareto } from './pareto.js';
import { columnOf, relativeSentences } from './relative-text.js';
import { seedColumns } from './seeds.js';
import { statements } from './statements.js';
import { renderSweep } from './sweep-text.js';

export interface ComparisonOptions {
  /** The columns that were asked for; undefined for those that say something. */
  readonly columns?: readonly CompareColumn[];
  /** What accuracy is held against; undefined for nothing. */
  readonly pareto?: Cost;
}

/** A comparison in any format. */
export function renderComparison(
  comparison: Comparison,
  format: Format,
  style: TableStyle,
  { columns: wanted, pareto }: ComparisonOptions = {},
): string {
  const { rows } = comparison;
  switch (format) {
    case 'json':
      return renderJson(asJson(comparison, wanted, pareto));
    case 'csv':
      return renderCsv(rows, wanted ?? allColumns(rows));
    case 'markdown':
      return markdown(comparison, wanted ?? shownColumns(rows), pareto);
    case 'table':
      return text(comparison, style, wanted ?? shownColumns(rows), pareto);
  }
}

/** The rows first; then what follows from them, where anything does. */
function asJson(
  { rows, seeds, sweeps, differences, relative, notes, points }: Comparison,
  wanted: readonly CompareColumn[] | undefined,
  pareto: Cost | undefined,
): object {
  const columns = wanted ?? allColumns(rows);
  const shown = relative.filter((one) => hasColumn(columns, columnOf(one)));
  return {
    rows: rows.map((row) => fieldsOf(row, columns)),
    ...(seeds.length > 0 ? { seeds } : {}),
    ...(sweeps.length > 0 ? { sweeps } : {}),
    ...(differences.length > 0 ? { differences } : {}),
    ...(shown.length > 0 ? { relative: shown } : {}),
    ...(pareto ? { pareto: { cost: pareto, points: paretoPoints(points, pareto).map(asJsonPoint) } } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function asJsonPoint({ point, cost, beatenBy }: ParetoPoint): object {
  const { label, group, testAccuracy } = point;
  return { name: label, group, cost, testAccuracy, beatenBy };
}

function text(
  comparison: Comparison,
  style: TableStyle,
  columns: readonly CompareColumn[],
  pareto: Cost | undefined,
): string {
  const { rows, seeds, sweeps } = comparison;
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
  blocks.push(...sweeps.flatMap((sweep) => renderSweep(sweep, style) ?? []));
  if (pareto && comparison.points.length > 0) blocks.push(renderPareto(comparison.points, pareto, style));
  for (const sentences of sentencesOf(comparison, columns)) {
    const lines = sentences.flatMap((sentence) => wrapText(sentence, style.width));
    if (lines.length > 0) blocks.push(`${lines.join('\n')}\n`);
  }
  return blocks.join('\n');
}

function markdown(
  comparison: Comparison,
  columns: readonly CompareColumn[],
  pareto: Cost | undefined,
): string {
  const { rows, groups, seeds, points } = comparison;
  const blocks = [renderMarkdown(rows, columns)];
  if (seeds.length > 0) blocks.push(renderMarkdown(seeds, seedColumns));
  if (pareto) {
    const [, ...columns] = paretoColumns(pareto, groups.length > 1);
    blocks.push(renderMarkdown(lettered(paretoPoints(points, pareto)), columns));
  }
  const sentences = sentencesOf(comparison, columns).flat();
  if (sentences.length > 0)
    blocks.push(sentences.map((sentence) => `- ${markdownText(sentence)}\n`).join(''));
  return blocks.join('\n');
}

/** What stands below the tables, in paragraphs: which differences are more than chance, how large they are, what to know. */
function sentencesOf(comparison: Comparison, columns: readonly CompareColumn[]): readonly string[][] {
  const { rows, groups, differences, relative, notes } = comparison;
  const shown = relative.filter((one) => hasColumn(columns, columnOf(one)));
  return [
    statements(differences),
    relativeSentences(shown, groups.length > 1),
    hasColumn(columns, 'gap') ? gapNotes(rows) : [],
    [...notes],
  ];
}

function hasColumn(columns: readonly CompareColumn[], key: string): boolean {
  return columns.some((column) => column.key === key);
}
