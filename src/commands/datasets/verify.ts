import { type FileVerdict, isGood, verifyDataset } from '../../data/index.js';
import { printResult } from '../../report/output.js';
import { renderVerdicts } from '../../report/results/dataset-files.js';
import type { DatasetsArguments } from './arguments.js';
import { dataWork } from './work.js';

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
  await printResult((format, style) => renderVerdicts(rows, dataDir, format, style), args);
  return rows.every(isGood) ? 0 : 1;
}
