import { datasetRows } from '../../data/listing.js';
import { printResult } from '../../report/output.js';
import { renderDatasets } from '../../report/results/datasets.js';
import type { DatasetsArguments } from './arguments.js';

export async function listDatasets(args: DatasetsArguments): Promise<number> {
  const rows = await datasetRows(args.dataDir);
  await printResult((format, style) => renderDatasets(rows, format, style), args);
  return 0;
}
