import { formatInteger } from '../../base/text/format.js';
import type { ListRow } from '../../models/listing.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

const columns: readonly Column<ListRow>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { key: 'title', header: 'Title', priority: 8, shrinkTo: 16, value: (row) => row.title },
  { key: 'year', header: 'Year', priority: 5, align: 'right', value: (row) => row.year },
  { key: 'input', header: 'Input', priority: 3, value: (row) => row.input.join('x') },
  { key: 'classes', header: 'Classes', priority: 6, align: 'right', value: (row) => row.classes },
  { key: 'layers', header: 'Layers', priority: 7, align: 'right', value: (row) => row.layers },
  {
    key: 'params',
    header: 'Params',
    priority: 1,
    align: 'right',
    value: (row) => row.params,
    format: formatInteger,
  },
  {
    key: 'macs',
    header: 'MACs',
    priority: 2,
    align: 'right',
    value: (row) => row.macs,
    format: formatInteger,
  },
  { key: 'dataset', header: 'Dataset', priority: 4, value: (row) => row.dataset },
];

/** The rows in any format. */
export function renderList(rows: readonly ListRow[], format: Format, style: TableStyle): Promise<string> {
  return renderRows(format, rows, columns, rows, style);
}
