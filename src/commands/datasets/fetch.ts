import { type Fetched, fetchDataset } from '../../data/index.js';
import { printResult } from '../../report/output.js';
import { renderFetched } from '../../report/results/dataset-files.js';
import type { DatasetsArguments } from './arguments.js';
import { dataWork } from './work.js';

/** Fetches data sets one after another; the first that cannot be had ends it. */
export async function fetchDatasets(args: DatasetsArguments): Promise<number> {
  const { names, dataDir } = args;
  const done = await dataWork(async (hooks) => {
    const rows: Fetched[] = [];
    for (const name of names) rows.push(await fetchDataset(name, { dataDir, ...hooks }));
    return rows;
  }, 'Stopped. What came so far is kept: the same command goes on with it.');
  if ('exitCode' in done) return done.exitCode;
  await printResult((format, style) => renderFetched(done.result, format, style), args);
  return 0;
}
