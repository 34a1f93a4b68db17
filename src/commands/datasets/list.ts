import { formatInteger } from '../../base/text/format.js';
import { knownDatasets, labelText, locate } from '../../data/index.js';
import type { Column } from '../../report/column.js';
import { outputStyle, print } from '../../report/output.js';
import { renderRows } from '../../report/render.js';
import type { DatasetsArguments } from './arguments.js';

/** A known data set, with the keys of the JSON form. */
export interface DatasetRow {
  readonly name: string;
  readonly kind: 'download' | 'generator';
  /** [H, W, C]; an example where `anySize` is true. */
  readonly shape: readonly [number, number, number];
  readonly anySize: boolean;
  readonly classes: readonly string[];
  readonly trainImages: number;
  readonly testImages: number;
  /** The folder where it lies; null where it would have to be fetched, or is built in. */
  readonly folder: string | null;
  readonly available: boolean;
  /** Every folder that was looked into, up to the one where it was found. */
  readonly searched: readonly { readonly label: string; readonly folder: string; readonly state: string }[];
}

const columns: readonly Column<DatasetRow>[] = [
  { key: 'name', header: 'Name', priority: 0, value: (row) => row.name },
  {
    key: 'shape',
    header: 'Images',
    priority: 2,
    value: ({ shape, anySize }) => (anySize ? `any size x${shape[2]}` : shape.join('x')),
  },
  { key: 'classes', header: 'Classes', priority: 3, align: 'right', value: (row) => row.classes.length },
  {
    key: 'trainImages',
    header: 'Training',
    priority: 4,
    align: 'right',
    value: (row) => row.trainImages,
    format: formatInteger,
  },
  {
    key: 'testImages',
    header: 'Test',
    priority: 5,
    align: 'right',
    value: (row) => row.testImages,
    format: formatInteger,
  },
  {
    key: 'found',
    header: 'Found',
    priority: 1,
    shrinkTo: 12,
    value: ({ kind, folder }) => folder ?? (kind === 'generator' ? 'built in' : 'not here'),
  },
];

export async function listDatasets(args: DatasetsArguments): Promise<number> {
  const rows = await datasetRows(args.dataDir);
  print(await renderRows(args.format, rows, columns, rows, outputStyle(args)), args);
  const absent = rows.filter(({ available }) => !available).map(({ name }) => name);
  if (args.format === 'table' && absent.length > 0)
    print(`\ncnnzoo datasets fetch ${absent.join(' ')}\n  fetches what is not on this machine\n`, args);
  return 0;
}

async function datasetRows(dataDir: string | undefined): Promise<DatasetRow[]> {
  const rows: DatasetRow[] = [];
  for (const { name, kind, shape, anySize, classes, images } of knownDatasets()) {
    const { found, searched } = await locate(name, dataDir);
    rows.push({
      name,
      kind,
      shape,
      anySize,
      classes,
      trainImages: images.train,
      testImages: images.test,
      folder: kind === 'generator' ? null : (found ?? null),
      available: found !== undefined,
      searched: searched.map(({ label, folder, state }) => ({ label: labelText(label), folder, state })),
    });
  }
  return rows;
}
