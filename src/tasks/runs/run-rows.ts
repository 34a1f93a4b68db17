import { WorkError } from '../../base/errors.js';
import { compareTexts } from '../../base/text/words.js';
import { testKey } from '../../runs/images.js';
import type { EpochRecord } from '../../runs/progress.js';
import { readConfig } from '../../runs/watch/config-brief.js';
import { type RunCondition, RunWatch, type WatchedRun } from '../../runs/watch/run-watch.js';
import type { RunConfig } from '../compare/settings.js';

/** A run of a folder, whoever trains it. What does not apply is null; key order is that of the JSON output. */
export interface RunListRow {
  /** Its folder as it was found. */
  readonly run: string;
  /** The model's name. */
  readonly name: string;
  readonly status: RunCondition;
  readonly dataset: string;
  /** Completed. */
  readonly epochs: number;
  readonly plannedEpochs: number;
  readonly testAccuracy: number | null;
  readonly testLoss: number | null;
  /** After the last epoch that is complete. */
  readonly validationAccuracy: number | null;
  readonly validationLoss: number | null;
  /** Of the last lines of one that trains, else of its last epoch. */
  readonly trainingAccuracy: number | null;
  readonly trainingLoss: number | null;
  /** The whole run up to now. */
  readonly seconds: number;
  readonly imagesPerSecond: number | null;
  /** Seconds to go; null where it does not train. */
  readonly etaSeconds: number | null;
  readonly optimizer: string | null;
  readonly learningRate: number | null;
  readonly batchSize: number;
  readonly seed: number;
  readonly params: number;
  readonly device: string;
  readonly tags: readonly string[];
  /** ISO 8601. */
  readonly created: string;
  /** Equal for runs that are tested on the same images. */
  readonly testedOn: string;
  readonly config: RunConfig | null;
}

/** The runs of a folder and of the folders in it, the one that was begun last first. */
export interface RunList {
  readonly rows: readonly RunListRow[];
  /** What cannot be read: it does not hide the others. */
  readonly problems: readonly WorkError[];
}

/** @param folder a run, or a folder with runs; one that is not there has none */
export function listRuns(folder: string): RunList {
  const watch = new RunWatch(folder);
  watch.look();
  const rows = watch.runs.flatMap((run) => rowOf(run) ?? []);
  const damaged = watch.runs.filter(({ brief }) => brief === null);
  return {
    rows: rows.sort((a, b) => compareTexts(b.created, a.created) || compareTexts(a.run, b.run)),
    problems: damaged.map(({ dir, problem }) => new WorkError(`${dir} cannot be read: ${problem}.`)),
  };
}

function rowOf({ dir, condition, brief, now }: WatchedRun): RunListRow | null {
  if (brief === null) return null;
  const config = readConfig(dir);
  const optimizer = config?.training.optimizer;
  const last: EpochRecord | undefined = brief.history.at(-1);
  return {
    run: dir,
    name: brief.model,
    status: condition,
    dataset: brief.dataset.name,
    epochs: brief.epoch,
    plannedEpochs: brief.epochs,
    testAccuracy: brief.test?.accuracy ?? null,
    testLoss: brief.test?.loss ?? null,
    validationAccuracy: last?.validationAccuracy ?? null,
    validationLoss: last?.validationLoss ?? null,
    trainingAccuracy: now?.accuracy ?? last?.accuracy ?? null,
    trainingLoss: now?.loss ?? last?.loss ?? null,
    seconds: brief.seconds,
    imagesPerSecond: now?.imagesPerSecond ?? last?.imagesPerSecond ?? null,
    etaSeconds: condition === 'training' ? (now?.etaSeconds ?? null) : null,
    optimizer: optimizer?.name ?? null,
    learningRate: optimizer?.learningRate ?? null,
    batchSize: brief.batchSize,
    seed: brief.seed,
    params: brief.params,
    device: brief.engine.device,
    tags: brief.tags,
    created: brief.created,
    testedOn: testKey(brief),
    config,
  };
}
