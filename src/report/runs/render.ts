import { UsageError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import type { RunListRow } from '../../tasks/runs/run-rows.js';
import { fieldsOf } from '../compare/column.js';
import { filterRows } from '../filter.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';
import { ALIASES, allRunColumns, type RunListColumn, shownRunColumns } from './columns.js';

/** The rows in any format. @param columns those that were asked for; undefined for those that say something */
export function renderRuns(
  rows: readonly RunListRow[],
  format: Format,
  style: TableStyle,
  columns?: readonly RunListColumn[],
): Promise<string> {
  const shown =
    columns ?? (format === 'table' || format === 'markdown' ? shownRunColumns : allRunColumns)(rows);
  const json = { rows: rows.map((row) => fieldsOf(row, shown)) };
  return renderRows(format, rows, shown, json, style);
}

/**
 * The rows for which every word of every filter holds: `testAccuracy>=0.99`, `lr:0.01`, `lenet*`, `!status:completed`.
 * @throws UsageError for a column that is not there
 */
export function filteredRuns(rows: readonly RunListRow[], filters: readonly string[]): readonly RunListRow[] {
  const { rows: found, problem } = filterRows(rows, allRunColumns(rows), ALIASES, filters.join(' '));
  if (problem !== null) throw new UsageError(`${setting('filter')}: ${problem}.`);
  return found;
}
