import type { LessonRow } from '../../../tasks/lessons/lessons.js';
import type { Column } from '../../column.js';
import type { Format } from '../../format.js';
import { renderRows } from '../../render.js';
import type { TableStyle } from '../../table.js';

const columns: readonly Column<LessonRow>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { key: 'title', header: 'Title', priority: 1, shrinkTo: 24, value: (row) => row.title },
  { key: 'source', header: 'Source', priority: 4, shrinkTo: 24, value: (row) => row.source },
  { key: 'minutes', header: 'Minutes', priority: 2, align: 'right', value: (row) => row.minutes },
  { key: 'steps', header: 'Steps', priority: 3, align: 'right', value: (row) => row.steps },
];

/** The lessons that there are, in any format. */
export function renderLessons(
  rows: readonly LessonRow[],
  format: Format,
  style: TableStyle,
): Promise<string> {
  return renderRows(format, rows, columns, rows, style);
}
