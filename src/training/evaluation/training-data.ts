import { resolve } from 'node:path';
import { UsageError } from '../../base/errors.js';
import { sizeOf } from '../../base/tensor.js';
import { setting } from '../../base/text/settings.js';
import { plural } from '../../base/text/words.js';
import { concatenated, knownDatasets, limitSplit, loadDataset, splitValidation } from '../../data/index.js';
import type { DataNotice, Dataset, DatasetRequest, Split } from '../../data/sets/dataset.js';
import type { ModelConfig, TrainableConfig } from '../../models/config/schema.js';
import type { ModelSpec } from '../../models/config/spec.js';
import type { Resize } from '../../recipe/pixels.js';
import { type Limit, limitOf, limitText } from '../../runs/images.js';
import type { RunDataset } from '../../runs/run-info.js';
import type { Run } from '../../runs/run-reader.js';
import type { SplitName } from './splits.js';

/** The images of a run: what `limit` and the validation split left of the data set. */
export interface TrainingData {
  readonly train: Split;
  /** null where no images are kept aside. */
  readonly validation: Split | null;
  readonly test: Split;
}

/** Which images a run wants. */
export interface DataWish {
  readonly config: Pick<TrainableConfig, 'input' | 'classes' | 'dataset' | 'standIn'>;
  /** How the network's pictures are brought to its size; by the program's own rule where absent. */
  readonly resize: Resize | undefined;
  /** Instead of the config's data set, and without a stand-in. */
  readonly dataset: string | undefined;
  readonly dataDir: string | undefined;
  /** Whether a damaged picture is an error instead of a warning. */
  readonly strict: boolean | undefined;
  /** The names of the classes that a network has learned, where it is only to be evaluated. */
  readonly trainedClasses?: readonly string[];
  /** How many images of each part will be read at most. */
  readonly reads?: DatasetRequest['reads'];
  readonly room?: ImageRoom;
  /** Of a training. */
  readonly batchSize?: number;
}

/** What decoded images may take. */
export interface ImageRoom {
  /** In memory, in bytes. */
  readonly imageMemory?: number;
  /** In the cache on the disk, in bytes. */
  readonly imageCache?: number;
}

/** @throws WorkError where the data set cannot be had or does not fit the model. */
export async function loadImages(
  { config, resize, dataset, dataDir, strict, trainedClasses, reads, room, batchSize }: DataWish,
  notify: (notice: DataNotice) => void,
  signal?: AbortSignal,
): Promise<Dataset> {
  return loadDataset({
    name: dataset ?? config.dataset,
    standIn: config.standIn,
    explicit: dataset !== undefined,
    dataDir,
    strict,
    trainedClasses,
    reads,
    memoryBytes: room?.imageMemory,
    batchSize,
    cacheBytes: room?.imageCache,
    shape: config.input,
    resize,
    classes: config.classes,
    notify,
    signal,
  });
}

/** What a training with a `limit` reads of each part. */
export function readsOfTraining(limit: Limit | undefined): DatasetRequest['reads'] {
  const train = limitOf(limit, 'train') ?? Number.POSITIVE_INFINITY;
  const test = limitOf(limit, 'test') ?? Number.POSITIVE_INFINITY;
  return () => ({ train, validation: train, test });
}

/**
 * What a run trains on, validates on and is tested on. A data set's own validation images count before a share of the
 * training images.
 * @param limit images of each part at most
 * @throws UsageError where that leaves too few images for a batch, for training or for validation.
 */
export function splitImages(
  { name, origin, train, validation, test }: Dataset,
  { training }: ModelConfig,
  limit: Limit | undefined,
): TrainingData {
  const { validationSplit, seed, batchSize, earlyStopping } = training;
  if (train.count === 0)
    throw new UsageError(
      `${name} has no training images, only others to evaluate on: put some into ${origin}/train/CLASS.`,
    );
  const [mostTrain, mostTest] = [limitOf(limit, 'train'), limitOf(limit, 'test')];
  const limited = limitSplit(train, mostTrain);
  const share = validation === undefined ? validationSplit : 0;
  const parts = splitValidation(limited, share, seed);
  const there = `${limited.count} ${plural(limited.count, 'training image')}${limit === undefined ? '' : ` (${setting('limit', limitText(limit))})`}`;
  if (parts.train.count === 0 || (share > 0 && parts.validation.count === 0)) {
    const purpose = parts.train.count === 0 ? 'training' : 'validation';
    throw new UsageError(
      `A validation split of ${share} leaves none of the ${there} for ${purpose}: ` +
        `change it by ${setting('validationSplit')}, or take more images.`,
    );
  }
  if (batchSize > parts.train.count) {
    const kept = share > 0 ? `, ${parts.validation.count} of them kept aside for validation` : '';
    throw new UsageError(
      `The batch size ${batchSize} is larger than the data: there ${limited.count === 1 ? 'is' : 'are'} ${there}${kept}. ` +
        `Take ${setting('batchSize', parts.train.count)} or less.`,
    );
  }
  const own = validation && limitSplit(validation, mostTrain);
  const validated = own ?? (share > 0 ? parts.validation : null);
  if (validated === null && earlyStopping !== null)
    throw new UsageError(
      `Early stopping looks at validation images, but ${name} has none and none are kept aside: add ${setting('validationSplit', 0.1)}.`,
    );
  return { train: parts.train, validation: validated, test: limitSplit(test, mostTest) };
}

/** Says where a validation split is asked for of data that has validation images of its own. */
export function tellValidation(
  { name, validation }: Dataset,
  { training: { validationSplit } }: ModelConfig,
  notify: (notice: DataNotice) => void,
): void {
  if (validation === undefined || validationSplit === 0) return;
  notify({
    kind: 'notice',
    message:
      `${name} has a validation part of its own, of ${validation.count} images, which is used; the validation split of ` +
      `${validationSplit} takes none of its training images.`,
  });
}

/** Whether there may be validation images, as far as is known before data is read: a folder may have its own. */
export function mayValidate({ dataset, training }: Pick<ModelConfig, 'dataset' | 'training'>): boolean {
  return training.validationSplit > 0 || !knownDatasets().some(({ name }) => name === dataset);
}

/** How run.json names the images, so that they can be found and told from others again. */
export function describeImages(
  dataset: Dataset,
  { train, validation, test }: TrainingData,
  wish: DataWish,
  limit: Limit | undefined,
): RunDataset {
  const asked = wish.dataset ?? wish.config.dataset;
  const isStandIn = dataset.name === wish.config.standIn && dataset.name !== asked;
  const isKnown = knownDatasets().some(({ name }) => name === asked);
  return {
    name: dataset.name,
    request: isStandIn ? dataset.name : isKnown ? asked : resolve(asked),
    ...(isStandIn ? { standsInFor: asked } : {}),
    dataDir: wish.dataDir === undefined ? null : resolve(wish.dataDir),
    identity: dataset.identity,
    origin: dataset.origin,
    classes: [...dataset.classes],
    limit: limit ?? null,
    trainImages: train.count,
    validationImages: validation?.count ?? 0,
    testImages: test.count,
  };
}

/** What an evaluation on a split reads of each part. */
export function readsOfEvaluation(
  split: SplitName,
  run: Run | null,
  limit = Number.POSITIVE_INFINITY,
): ReturnType<NonNullable<DatasetRequest['reads']>> {
  const all = Number.POSITIVE_INFINITY;
  if (split === 'all') return { train: all, validation: all, test: all };
  if (split === 'test') return { train: 0, validation: 0, test: limit };
  // Validation images are taken from the training images where they are no part of their own.
  const trained = limitOf(run?.info.dataset.limit, 'train') ?? all;
  return { train: trained, validation: split === 'validation' ? trained : 0, test: 0 };
}

/**
 * The images of one split to evaluate on: all test images, or those that a run trained or validated on (or would, of a
 * model), or all that there are.
 * @param name of the run or model
 * @throws UsageError where there are none.
 */
export function imagesOf(
  dataset: Dataset,
  name: string,
  { run, spec }: { readonly run: Run | null; readonly spec: ModelSpec },
  split: SplitName,
): Split {
  const images = splitOf(dataset, name, { run, spec }, split);
  if (images.count > 0) return images;
  throw new UsageError(
    `${dataset.name} from ${dataset.origin} has no ${split === 'all' ? '' : `${split} `}images: take another ${setting('split')}.`,
  );
}

function splitOf(
  { train, validation, test, shape }: Dataset,
  name: string,
  { run, spec }: { readonly run: Run | null; readonly spec: ModelSpec },
  split: SplitName,
): Split {
  if (split === 'test') return test;
  if (split === 'all') return concatenated([train, ...(validation ? [validation] : []), test], sizeOf(shape));
  const limit = limitOf(run?.info.dataset.limit, 'train');
  if (validation !== undefined) return limitSplit(split === 'train' ? train : validation, limit);
  const { validationSplit, seed } = spec.config.training;
  if (split === 'validation' && validationSplit === 0) {
    throw new UsageError(
      `${name} ${run ? 'kept' : 'keeps'} no images aside for validation: evaluate it with ${setting('split', 'test')} or ${setting('split', 'train')}.`,
    );
  }
  return splitValidation(limitSplit(train, limit), validationSplit, seed)[split];
}
