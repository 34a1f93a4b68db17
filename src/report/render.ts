import type { Column } from './column.js';
import type { Format } from './format.js';
import type { TableStyle } from './table.js';

/** Rows of a report in any format; `json` is what stands for them in JSON. */
export async function renderRows<R>(
  format: Format,
  rows: readonly R[],
  columns: readonly Column<R>[],
  json: unknown,
  style: TableStyle,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('./json.js')).renderJson(json);
    case 'csv':
      return (await import('./csv.js')).renderCsv(rows, columns);
    case 'markdown':
      return (await import('./markdown.js')).renderMarkdown(rows, columns);
    case 'table':
      return (await import('./table.js')).renderTable(rows, columns, style);
  }
}
