import { formatBytes } from '../../base/text/format.js';
import { visible } from '../../base/text/visible.js';
import { type FileVerdict, isGood, verifyDataset } from '../../data/index.js';
import type { Column } from '../../report/column.js';
import { outputStyle, print } from '../../report/output.js';
import { renderRows } from '../../report/render.js';
import type { DatasetsArguments } from './arguments.js';
import { dataWork } from './work.js';

const columns: readonly Column<FileVerdict>[] = [
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

/** Exit code 1 where anything is missing, damaged or not as published. */
export async function verifyDatasets(args: DatasetsArguments): Promise<number> {
  const { names, dataDir } = args;
  const done = await dataWork(async (hooks) => {
    const rows: FileVerdict[] = [];
    for (const name of names) rows.push(...(await verifyDataset(name, { dataDir, ...hooks })));
    return rows;
  });
  if ('exitCode' in done) return done.exitCode;
  const rows = done.result;
  print(await renderRows(args.format, rows, columns, rows, outputStyle(args)), args);
  const bad = rows.filter((row) => !isGood(row));
  if (args.format === 'table') print(remedies(bad, dataDir), args);
  return bad.length === 0 ? 0 : 1;
}

/** What is wrong in full, with what to do about it. */
function remedies(bad: readonly FileVerdict[], dataDir: string | undefined): string {
  const lines = bad
    .filter(({ state }) => state !== 'missing')
    .map(({ file, detail }) => `\n${visible(`${file} ${detail}`)}\n`);
  const incomplete = new Set(bad.filter(({ state }) => state === 'missing').map(({ dataset }) => dataset));
  const fetches = [...incomplete].map((name) =>
    dataDir === undefined
      ? `\n${name} is not complete on this machine:\n  cnnzoo datasets fetch ${name}\n`
      : `\n${name} is not complete in ${dataDir}:\n  cnnzoo datasets fetch ${name} --data-dir ${dataDir}\n`,
  );
  return [...lines, ...fetches].join('');
}
