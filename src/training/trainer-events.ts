import type { Split } from '../data/sets/dataset.js';
import type { EndEvent, StartEvent, StepEvent } from '../runs/events.js';
import type { Predictions } from '../runs/predictions.js';
import { meansOf, type RunProgress } from '../runs/progress.js';
import type { ResolvedConfig } from '../runs/run-config.js';
import type { RunInfo, TestResult } from '../runs/run-info.js';
import type { Pace } from './pace.js';

export function startEvent(
  { dir, info }: { readonly dir: string; readonly info: RunInfo },
  config: ResolvedConfig,
  optimizer: string,
  resumed: boolean,
): StartEvent {
  const { dataset, engine } = info;
  return {
    event: 'start',
    model: info.model,
    title: info.title,
    dataset: dataset.name,
    engine: engine.name,
    device: engine.device,
    deviceDescription: engine.deviceDescription,
    params: info.params,
    optimizer,
    epochs: info.epochs,
    batchSize: info.batchSize,
    trainImages: dataset.trainImages,
    validationImages: dataset.validationImages,
    testImages: dataset.testImages,
    stepsPerEpoch: info.stepsPerEpoch,
    seed: info.seed,
    run: dir,
    resumedEpoch: resumed ? info.epoch : null,
    config,
  };
}

/** What a step event says beyond the run's progress. */
interface StepFigures {
  readonly loss: number;
  readonly learningRate: number;
  readonly pace: Pace;
  /** Seconds that the looks at validation and test images after an epoch take. */
  readonly lookSeconds: number;
}

export function stepEvent(info: RunInfo, progress: RunProgress, figures: StepFigures): StepEvent {
  const { pace, lookSeconds } = figures;
  const { trainImages } = info.dataset;
  const images = trainImages - progress.epochSums.images;
  const epochEtaSeconds = pace.secondsFor(images) + lookSeconds;
  const epochsAfter = info.epochs - progress.epoch - 1;
  const { loss, accuracy } = meansOf(progress.epochSums);
  return {
    event: 'step',
    epoch: progress.epoch + 1,
    step: progress.step,
    stepsPerEpoch: info.stepsPerEpoch,
    loss: figures.loss,
    epochLoss: loss,
    epochAccuracy: accuracy,
    learningRate: figures.learningRate,
    imagesPerSecond: pace.imagesPerSecond,
    epochEtaSeconds,
    runEtaSeconds: epochEtaSeconds + epochsAfter * (pace.secondsFor(trainImages) + lookSeconds),
    phase: 'training',
  };
}

/** A step event of a look at images that are not trained on: steps, loss and accuracy are those of the look. */
export function lookEvent(
  { info, phase, epoch }: { info: RunInfo; phase: 'validation' | 'test'; epoch: number },
  split: Split,
  { done, lossSum, correct }: Predictions,
  pace: Pace,
): StepEvent {
  const eta = pace.secondsFor(split.count - done);
  return {
    event: 'step',
    epoch,
    step: Math.ceil(done / info.batchSize),
    stepsPerEpoch: Math.ceil(split.count / info.batchSize),
    loss: lossSum / done,
    epochLoss: lossSum / done,
    epochAccuracy: correct / done,
    learningRate: 0,
    imagesPerSecond: pace.imagesPerSecond,
    epochEtaSeconds: eta,
    runEtaSeconds: eta,
    phase,
  };
}

export function endEvent(
  dir: string,
  { epoch, seconds }: RunProgress,
  test: TestResult | null,
  reason: EndEvent['reason'],
): EndEvent {
  return {
    event: 'end',
    run: dir,
    epochs: epoch,
    testLoss: test?.loss ?? null,
    testAccuracy: test?.accuracy ?? null,
    seconds,
    reason,
  };
}
