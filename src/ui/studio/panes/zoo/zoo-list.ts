import { formatInteger } from '../../../../base/text/format.js';
import type { Column } from '../../../../report/column.js';
import type { ListSource } from '../../state/pane.js';
import type { ZooRow } from '../../state/zoo-state.js';

const columns: readonly Column<ZooRow>[] = [
  { key: 'name', header: 'Model', priority: 0, shrinkTo: 14, cut: 'middle', value: (row) => row.model },
  { key: 'year', header: 'Year', priority: 4, align: 'right', value: (row) => row.figures?.year ?? null },
  {
    key: 'params',
    header: 'Params',
    priority: 1,
    align: 'right',
    value: (row) => row.figures?.params ?? null,
    format: brief,
  },
  {
    key: 'macs',
    header: 'MACs',
    priority: 2,
    align: 'right',
    value: (row) => row.figures?.macs ?? null,
    format: brief,
  },
  {
    key: 'input',
    header: 'Input',
    priority: 5,
    align: 'right',
    value: (row) => row.figures?.input.join('x') ?? null,
  },
  {
    key: 'layers',
    header: 'Layers',
    priority: 6,
    align: 'right',
    value: (row) => row.figures?.layers ?? null,
  },
  { key: 'dataset', header: 'Data', priority: 3, shrinkTo: 8, value: (row) => row.figures?.dataset ?? null },
  {
    key: 'title',
    header: 'Title',
    priority: 7,
    shrinkTo: 12,
    value: (row) => row.figures?.title ?? row.problem,
  },
];

/** `61.7k`, `25.6M`: lists have room for three figures. */
function brief(value: number): string {
  if (value < 1000) return formatInteger(value);
  const units = ['k', 'M', 'G', 'T'];
  let [size, unit] = [value / 1000, 0];
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toPrecision(3)}${units[unit]}`;
}

export const zooList: ListSource<ZooRow> = {
  rows: ({ zoo }) => zoo.rows,
  id: ({ model }) => model,
  columns: () => columns,
  aliases: { model: 'name', parameters: 'params', data: 'dataset' },
  tone: (row) => (row.problem === null ? 'plain' : 'bad'),
  empty: () => ['Reading the zoo.'],
};
