import { resolve } from 'node:path';
import type { DataNotice, Dataset, Split } from '../data/dataset.js';
import { knownDatasets, limitSplit, loadDataset, splitValidation } from '../data/index.js';
import { UsageError } from '../errors.js';
import type { ModelConfig } from '../models/schema.js';
import type { ModelSpec } from '../models/spec.js';
import type { RunDataset } from './run-info.js';
import type { Run } from './run-reader.js';
import type { SplitName } from './splits.js';

/** The images of a run: what `--limit` and the validation split left of the data set. */
export interface TrainingData {
  readonly train: Split;
  /** null where no images are kept aside. */
  readonly validation: Split | null;
  readonly test: Split;
}

/** Which images a run wants. */
export interface DataWish {
  readonly config: ModelConfig;
  /** Instead of the config's data set, and without a stand-in. */
  readonly dataset: string | undefined;
  readonly dataDir: string | undefined;
  /** Whether a damaged picture is an error instead of a warning. */
  readonly strict: boolean | undefined;
}

/** @throws WorkError where the data set cannot be had or does not fit the model. */
export async function loadImages(
  { config, dataset, dataDir, strict }: DataWish,
  notify: (notice: DataNotice) => void,
  signal?: AbortSignal,
): Promise<Dataset> {
  return loadDataset({
    name: dataset ?? config.dataset,
    standIn: config.standIn,
    explicit: dataset !== undefined,
    dataDir,
    strict,
    shape: config.input,
    classes: config.classes,
    notify,
    signal,
  });
}

/**
 * What a run trains on, validates on and is tested on.
 * @param limit images of the training and of the test split at most
 * @throws UsageError where that leaves too few images for a batch, for training or for validation.
 */
export function splitImages(
  { train, test }: Dataset,
  { training }: ModelConfig,
  limit: number | undefined,
): TrainingData {
  const limited = limitSplit(train, limit);
  const { validationSplit, seed, batchSize } = training;
  const parts = splitValidation(limited, validationSplit, seed);
  const there = `${limited.count} training images${limit === undefined ? '' : ` (--limit ${limit})`}`;
  if (parts.train.count === 0 || (validationSplit > 0 && parts.validation.count === 0)) {
    const purpose = parts.train.count === 0 ? 'training' : 'validation';
    throw new UsageError(
      `A validation split of ${validationSplit} leaves none of the ${there} for ${purpose}: ` +
        'change it by --validation-split, or take more images.',
    );
  }
  if (batchSize > parts.train.count) {
    const kept = validationSplit > 0 ? `, ${parts.validation.count} of them kept aside for validation` : '';
    throw new UsageError(
      `The batch size ${batchSize} is larger than the data: there are ${there}${kept}. ` +
        `Take --batch-size ${parts.train.count} or less.`,
    );
  }
  return {
    train: parts.train,
    validation: validationSplit > 0 ? parts.validation : null,
    test: limitSplit(test, limit),
  };
}

/** How run.json names the images, so that they can be found and told from others again. */
export function describeImages(
  dataset: Dataset,
  { train, validation, test }: TrainingData,
  wish: DataWish,
  limit: number | undefined,
): RunDataset {
  const asked = wish.dataset ?? wish.config.dataset;
  const isStandIn = dataset.name === wish.config.standIn && dataset.name !== asked;
  const isKnown = knownDatasets().some(({ name }) => name === asked);
  return {
    name: dataset.name,
    request: isStandIn ? dataset.name : isKnown ? asked : resolve(asked),
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

/**
 * The images of one split to evaluate on: all test images, or those that a run trained or validated on (or would, of a model).
 * @param name of the run or model
 * @throws UsageError where there are none.
 */
export function imagesOf(
  dataset: Dataset,
  name: string,
  { run, spec }: { readonly run: Run | null; readonly spec: ModelSpec },
  split: SplitName,
): Split {
  if (split === 'test') return dataset.test;
  const { validationSplit, seed } = spec.config.training;
  if (split === 'validation' && validationSplit === 0) {
    throw new UsageError(
      `${name} ${run ? 'kept' : 'keeps'} no images aside for validation: evaluate it with --split test or --split train.`,
    );
  }
  const limited = limitSplit(dataset.train, run?.info.dataset.limit ?? undefined);
  return splitValidation(limited, validationSplit, seed)[split];
}
