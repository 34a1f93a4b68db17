import type { Raster } from '../../../base/raster.js';
import type { DatasetRow } from '../../../data/listing.js';

/** Images of a data set, with what stands above each. */
export interface DatasetSheet {
  readonly lines: readonly string[];
  readonly classes: readonly { readonly label: string; readonly train: number; readonly test: number }[];
  readonly tiles: readonly { readonly raster: Raster; readonly caption: string }[];
}

export interface DataState {
  /** null until they were looked for. */
  readonly rows: readonly DatasetRow[] | null;
  /** By the data set, or its name and `augment`; a text says why there is none. */
  readonly sheets: Readonly<Record<string, DatasetSheet | string>>;
  readonly isAugmented: boolean;
  readonly scroll: number;
}

export const EMPTY_DATA: DataState = { rows: null, sheets: {}, isAugmented: false, scroll: 0 };
