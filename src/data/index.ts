export { type Augmentation, augmentationSchema, describeAugmentation } from '../recipe/augmentation.js';
export { type Augment, augmentImage, prepareAugmentation } from './batches/augment.js';
export {
  type BatchOptions,
  batchCount,
  batches,
  type Dropout,
  dropoutMasks,
  epochOrder,
} from './batches/batches.js';
export { type CacheState, cacheState, type Emptied, emptyPictureCache } from './cache-state.js';
export { contactSheet, readImages, type SheetOptions, variations } from './contact-sheet.js';
export { type DatasetDescription, describeDataset, oneOfEach } from './describe.js';
export { type Fetched, fetchDataset } from './fetch.js';
export { shownImageName } from './image-names.js';
export { type KnownDataset, knownDatasets, type Location, loadDataset, locate } from './load.js';
export { decodeImage } from './pictures/resize.js';
export type { DataNotice, Dataset, DatasetRequest, Split } from './sets/dataset.js';
export { checkFit } from './sets/fit.js';
export { imageMemory } from './sets/lazy-split.js';
export { concatenated, limitSplit, memorySplit, splitValidation, subset } from './sets/splits.js';
export { type FileVerdict, isGood, verifyDataset } from './verify.js';
