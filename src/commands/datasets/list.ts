import { datasetRows } from '../../data/listing.js';
import { outputStyle, print } from '../../report/output.js';
import { renderDatasets } from '../../report/results/datasets.js';
import type { DatasetsArguments } from './arguments.js';

export async function listDatasets(args: DatasetsArguments): Promise<number> {
  const rows = await datasetRows(args.dataDir);
  print(await renderDatasets(rows, args.format, outputStyle(args)), args);
  return 0;
}
