export * from './batches.js';
export type { DataNotice, Dataset, DatasetRequest, Split } from './dataset.js';
export { checkFit } from './fit.js';
export { type KnownDataset, knownDatasets, type Location, loadDataset, locate } from './load.js';
export * from './splits.js';
