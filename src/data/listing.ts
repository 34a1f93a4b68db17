import { knownDatasets, locate } from './load.js';
import { labelText } from './sources/surroundings.js';

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

/** Every known data set, and where it was found. @param dataDir a folder to look into first */
export async function datasetRows(dataDir: string | undefined): Promise<DatasetRow[]> {
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
