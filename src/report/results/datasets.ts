import { formatInteger } from '../../base/text/format.js';
import { commandLine } from '../../base/text/settings.js';
import type { DatasetRow } from '../../data/listing.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

const columns: readonly Column<DatasetRow>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  {
    key: 'shape',
    header: 'Images',
    priority: 2,
    value: ({ shape, anySize }) => (anySize ? `any size x${shape[2]}` : shape.join('x')),
  },
  { key: 'classes', header: 'Classes', priority: 3, align: 'right', value: (row) => row.classes.length },
  {
    key: 'trainImages',
    header: 'Training',
    priority: 4,
    align: 'right',
    value: (row) => row.trainImages,
    format: formatInteger,
  },
  {
    key: 'testImages',
    header: 'Test',
    priority: 5,
    align: 'right',
    value: (row) => row.testImages,
    format: formatInteger,
  },
  {
    key: 'found',
    header: 'Found',
    priority: 1,
    shrinkTo: 12,
    value: ({ kind, folder }) => folder ?? (kind === 'generator' ? 'built in' : 'not here'),
  },
];

/** Known data sets in any format; a table is followed by the way to those that are not here. */
export async function renderDatasets(
  rows: readonly DatasetRow[],
  format: Format,
  style: TableStyle,
): Promise<string> {
  const text = await renderRows(format, rows, columns, rows, style);
  const absent = rows.filter(({ available }) => !available).map(({ name }) => name);
  if (format !== 'table' || absent.length === 0) return text;
  const fetch = commandLine('datasets fetch', { words: absent });
  return `${text}\n${fetch}\n  fetches what is not on this machine\n`;
}
