import { formatBytes } from '../../base/text/format.js';
import { commandLine } from '../../base/text/settings.js';
import { visible } from '../../base/text/visible.js';
import { type Fetched, type FileVerdict, isGood } from '../../data/index.js';
import type { Column } from '../column.js';
import type { Format } from '../format.js';
import { renderRows } from '../render.js';
import type { TableStyle } from '../table.js';

const fetchedColumns: readonly Column<Fetched>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { key: 'state', header: 'State', priority: 0, value: (row) => row.state },
  { key: 'folder', header: 'Folder', priority: 1, shrinkTo: 12, value: (row) => row.folder },
  { key: 'files', header: 'Fetched', priority: 2, shrinkTo: 8, value: (row) => row.files.join(' ') || null },
];

const verdictColumns: readonly Column<FileVerdict>[] = [
  { key: 'dataset', header: 'Data set', priority: 2, value: (row) => row.dataset },
  { key: 'file', header: 'File', priority: 0, shrinkTo: 20, value: (row) => row.file },
  {
    key: 'bytes',
    header: 'Size',
    priority: 4,
    align: 'right',
    value: (row) => row.bytes,
    format: formatBytes,
  },
  { key: 'sha256', header: 'SHA-256', priority: 5, shrinkTo: 12, value: (row) => row.sha256 },
  { key: 'state', header: 'State', priority: 0, value: (row) => row.state },
  { key: 'detail', header: 'Detail', priority: 3, shrinkTo: 24, value: (row) => row.detail },
];

/** What was fetched, in any format. */
export function renderFetched(rows: readonly Fetched[], format: Format, style: TableStyle): Promise<string> {
  return renderRows(format, rows, fetchedColumns, rows, style);
}

/**
 * What is true of the files of data sets, in any format; a table is followed by what to do about them.
 * @param dataDir the folder that was looked into
 */
export async function renderVerdicts(
  rows: readonly FileVerdict[],
  dataDir: string | undefined,
  format: Format,
  style: TableStyle,
): Promise<string> {
  const text = await renderRows(format, rows, verdictColumns, rows, style);
  return format === 'table'
    ? text +
        remedies(
          rows.filter((row) => !isGood(row)),
          dataDir,
        )
    : text;
}

/** What is wrong in full, with what to do about it. */
function remedies(bad: readonly FileVerdict[], dataDir: string | undefined): string {
  const lines = bad
    .filter(({ state }) => state !== 'missing')
    .map(({ file, detail }) => `\n${visible(`${file} ${detail}`)}\n`);
  const incomplete = new Set(bad.filter(({ state }) => state === 'missing').map(({ dataset }) => dataset));
  const fetches = [...incomplete].map((name) => {
    const where = dataDir === undefined ? 'on this machine' : `in ${dataDir}`;
    const fetch = commandLine('datasets fetch', { words: [name], settings: { dataDir: dataDir ?? null } });
    return `\n${name} is not complete ${where}:\n  ${fetch}\n`;
  });
  return [...lines, ...fetches].join('');
}
