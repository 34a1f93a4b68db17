import { formatBytes, formatInteger } from '../../base/text/format.js';
import { commandLine } from '../../base/text/settings.js';
import type { CacheState, Emptied } from '../../data/index.js';
import { wrapText } from '../../terminal/text.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

/** What columns of packs are made from. */
interface Packs {
  readonly packs: number;
  readonly bytes: number;
}

const packsColumn = (header: string, priority: number): Column<Packs> => ({
  key: 'packs',
  header,
  priority,
  align: 'right',
  value: (row) => row.packs,
  format: formatInteger,
});

const sizeColumn: Column<Packs> = {
  key: 'bytes',
  header: 'Size',
  priority: 0,
  align: 'right',
  value: (row) => row.bytes,
  format: formatBytes,
};

const formColumns: readonly Column<CacheState['forms'][number]>[] = [
  { key: 'form', header: 'Pictures of', priority: 0, value: (row) => row.form },
  packsColumn('Files', 2),
  sizeColumn,
  {
    key: 'used',
    header: 'Last used',
    priority: 1,
    value: (row) => row.used.slice(0, 16).replace('T', ' '),
  },
];

const emptiedColumns: readonly Column<Emptied>[] = [
  { key: 'folder', header: 'Folder', priority: 1, shrinkTo: 12, value: (row) => row.folder },
  packsColumn('Deleted', 0),
  sizeColumn,
];

/** What the cache takes, in any format: a table says below it how to empty it. */
export async function renderCache(state: CacheState, format: Format, style: TableStyle): Promise<string> {
  const { folder, bytes, bound, forms } = state;
  const of = `${formatBytes(bytes)} of ${formatBytes(bound)} in ${folder}`;
  const said = (sentence: string) => `${wrapText(sentence, style.width).join('\n')}\n`;
  if (format === 'table' && forms.length === 0) return said(`No decoded pictures are cached: ${of}.`);
  const rows = await renderRows(format, forms, formColumns, state, style);
  const way = commandLine('datasets', { words: ['cache'], settings: { empty: true } });
  return format === 'table' ? `${rows}\n${said(`${of}. "${way}" deletes them.`)}` : rows;
}

export function renderEmptied(emptied: Emptied, format: Format, style: TableStyle): Promise<string> {
  return renderRows(format, [emptied], emptiedColumns, emptied, style);
}
