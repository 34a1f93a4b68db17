import { formatInteger } from '../../../../base/text/format.js';
import type { DatasetRow } from '../../../../data/listing.js';
import type { Column } from '../../../../report/column.js';
import { currentRow } from '../../parts/rows.js';
import type { ListSource } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';

const columns: readonly Column<DatasetRow>[] = [
  { key: 'name', header: 'Data set', priority: 0, shrinkTo: 12, value: (row) => row.name },
  { key: 'here', header: 'Here', priority: 0, value: hereOf },
  { key: 'classes', header: 'Classes', priority: 2, align: 'right', value: (row) => row.classes.length },
  {
    key: 'shape',
    header: 'Images',
    priority: 1,
    align: 'right',
    value: (row) => (row.anySize ? 'any size' : row.shape.join('x')),
  },
  {
    key: 'train',
    header: 'Training',
    priority: 3,
    align: 'right',
    value: (row) => row.trainImages,
    format: formatInteger,
  },
  {
    key: 'test',
    header: 'Test',
    priority: 4,
    align: 'right',
    value: (row) => row.testImages,
    format: formatInteger,
  },
];

function hereOf({ kind, available }: DatasetRow): string {
  if (kind === 'generator') return 'built in';
  return available ? 'yes' : 'no';
}

const NONE: readonly DatasetRow[] = [];

export const dataList: ListSource<DatasetRow> = {
  rows: ({ data }) => data.rows ?? NONE,
  id: ({ name }) => name,
  columns: () => columns,
  aliases: { dataset: 'name' },
  tone: (row, column) => (column.key === 'here' ? (row.available ? 'good' : 'warning') : 'plain'),
  empty: () => ['Looking for data sets.'],
};

export function currentDataset(state: StudioState): DatasetRow | undefined {
  return currentRow(dataList, state, state.lists.data);
}
