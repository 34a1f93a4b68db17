import * as z from 'zod';
import type { StepResult } from '../engines/engine.js';

const sumsSchema = z.object({
  /** Cross-entropies added up over images. */
  loss: z.number(),
  correct: z.int(),
  images: z.int(),
});

const epochRecordSchema = z.object({
  epoch: z.int(),
  loss: z.number(),
  accuracy: z.number(),
  validationLoss: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  /** null but where the test images are looked at after every epoch. */
  testLoss: z.number().nullable().default(null),
  testAccuracy: z.number().nullable().default(null),
  /** Training and the looks at other images. */
  seconds: z.number(),
  /** In training alone. */
  imagesPerSecond: z.number(),
});

/** How far a run has come: all that must be in step with its weights, and so is stored in one file with them. */
export const progressSchema = z.object({
  /** Epochs completed. */
  epoch: z.int().min(0),
  /** Steps done in the epoch that runs. */
  step: z.int().min(0),
  /** Of the epoch that runs. */
  epochSums: sumsSchema,
  /** Since the last step line in metrics.jsonl. */
  lineSums: sumsSchema,
  /** Spent in the epoch that runs: on its training steps, and in all. */
  epochTrainingSeconds: z.number(),
  epochSeconds: z.number(),
  /** Spent on the run, over all its resumptions. */
  seconds: z.number(),
  history: z.array(epochRecordSchema),
  /** The epoch with the lowest validation loss; null without validation images. */
  bestEpoch: z.int().nullable(),
});

export type Sums = z.output<typeof sumsSchema>;
export type EpochRecord = z.output<typeof epochRecordSchema>;
export type RunProgress = z.output<typeof progressSchema>;

export interface Means {
  readonly loss: number;
  readonly accuracy: number;
}

export const NO_SUMS: Sums = { loss: 0, correct: 0, images: 0 };

export const NO_PROGRESS: RunProgress = {
  epoch: 0,
  step: 0,
  epochSums: NO_SUMS,
  lineSums: NO_SUMS,
  epochTrainingSeconds: 0,
  epochSeconds: 0,
  seconds: 0,
  history: [],
  bestEpoch: null,
};

/** Means over the images; 0 before the first. */
export function meansOf({ loss, correct, images }: Sums): Means {
  return images === 0 ? { loss: 0, accuracy: 0 } : { loss: loss / images, accuracy: correct / images };
}

/** After `seconds` more; `training` says whether they went into training steps. */
export function withTime(progress: RunProgress, seconds: number, training: boolean): RunProgress {
  return {
    ...progress,
    seconds: progress.seconds + seconds,
    epochSeconds: progress.epochSeconds + seconds,
    epochTrainingSeconds: progress.epochTrainingSeconds + (training ? seconds : 0),
  };
}

/** After one more step, on a batch of `images`. */
export function withStep(progress: RunProgress, result: StepResult, images: number): RunProgress {
  return {
    ...progress,
    step: progress.step + 1,
    epochSums: addBatch(progress.epochSums, result, images),
    lineSums: addBatch(progress.lineSums, result, images),
  };
}

/** At the end of the epoch that runs. */
export function withEpoch({ epoch, seconds, history }: RunProgress, record: EpochRecord): RunProgress {
  const longer = [...history, record];
  return { ...NO_PROGRESS, epoch: epoch + 1, seconds, history: longer, bestEpoch: bestEpochOf(longer) };
}

/** The record of the epoch that runs, after its last step. */
export function epochRecord(
  progress: RunProgress,
  validation: Means | null,
  test: Means | null,
): EpochRecord {
  const { epoch, epochSums, epochSeconds, epochTrainingSeconds } = progress;
  return {
    epoch: epoch + 1,
    ...meansOf(epochSums),
    validationLoss: validation?.loss ?? null,
    validationAccuracy: validation?.accuracy ?? null,
    testLoss: test?.loss ?? null,
    testAccuracy: test?.accuracy ?? null,
    seconds: epochSeconds,
    imagesPerSecond: epochTrainingSeconds > 0 ? epochSums.images / epochTrainingSeconds : 0,
  };
}

function addBatch(sums: Sums, { loss, correct }: StepResult, images: number): Sums {
  return { loss: sums.loss + loss * images, correct: sums.correct + correct, images: sums.images + images };
}

/** The epoch with the lowest validation loss, the first of equals; null where no epoch has one. */
export function bestEpochOf(history: readonly EpochRecord[]): number | null {
  let best: EpochRecord | undefined;
  for (const record of history) {
    if (record.validationLoss === null) continue;
    if (best === undefined || record.validationLoss < best.validationLoss!) best = record;
  }
  return best?.epoch ?? null;
}

/** Whether the last `patience` epochs brought no better validation loss. */
export function isPatienceOver(history: readonly EpochRecord[], patience: number): boolean {
  const best = bestEpochOf(history);
  return best !== null && history.length - best >= patience;
}

/** For people: `epoch 3, step 120`, or `the end of epoch 2`. */
export function whereIs({ epoch, step }: Pick<RunProgress, 'epoch' | 'step'>): string {
  if (step > 0) return `epoch ${epoch + 1}, step ${step}`;
  return epoch === 0 ? 'before the first step' : `the end of epoch ${epoch}`;
}
