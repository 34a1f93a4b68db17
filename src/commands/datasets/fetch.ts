import { type Fetched, fetchDataset } from '../../data/index.js';
import type { Column } from '../../report/column.js';
import { outputStyle, print } from '../../report/output.js';
import { renderRows } from '../../report/render.js';
import type { DatasetsArguments } from './arguments.js';
import { dataWork } from './work.js';

const columns: readonly Column<Fetched>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  { key: 'state', header: 'State', priority: 0, value: (row) => row.state },
  { key: 'folder', header: 'Folder', priority: 1, shrinkTo: 12, value: (row) => row.folder },
  { key: 'files', header: 'Fetched', priority: 2, shrinkTo: 8, value: (row) => row.files.join(' ') || null },
];

/** Fetches data sets one after another; the first that cannot be had ends it. */
export async function fetchDatasets(args: DatasetsArguments): Promise<number> {
  const { names, dataDir } = args;
  const done = await dataWork(async (hooks) => {
    const rows: Fetched[] = [];
    for (const name of names) rows.push(await fetchDataset(name, { dataDir, ...hooks }));
    return rows;
  }, 'Stopped. What came so far is kept: the same command goes on with it.');
  if ('exitCode' in done) return done.exitCode;
  print(await renderRows(args.format, done.result, columns, done.result, outputStyle(args)), args);
  return 0;
}
