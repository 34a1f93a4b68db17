import { listed } from '../../base/text/words.js';
import { buildGraph } from '../../models/build.js';
import type { ModelSpec } from '../../models/config/spec.js';
import { summarise } from '../../models/summary.js';
import { type Gap, runningGap } from '../../runs/gap.js';
import { resolvedConfig } from '../../runs/run-config.js';
import type { RunStatus } from '../../runs/run-info.js';
import type { TestedRun } from './results.js';
import type { RunConfig } from './settings.js';

/** One model or run of a comparison. What does not apply is null; key order is that of the JSON output. */
export interface CompareRow {
  /** The model's name, of a run too. */
  readonly name: string;
  readonly kind: 'model' | 'run';
  readonly params: number;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
  readonly parameterBytes: number;
  /** All layers' outputs of one image. */
  readonly trainingActivationBytes: number;
  /** [height, width] in pixels that a value of the last feature map sees; null where there is none before the classifier. */
  readonly receptiveField: readonly [number, number] | null;
  /** What a run was really trained on. */
  readonly dataset: string | null;
  /** Completed. */
  readonly epochs: number | null;
  readonly testAccuracy: number | null;
  readonly testLoss: number | null;
  /** The whole run. */
  readonly seconds: number | null;
  /** In training, over all epochs. */
  readonly imagesPerSecond: number | null;
  /** The run's folder as it was named. */
  readonly run: string | null;
  readonly status: RunStatus | null;
  readonly seed: number | null;
  /** Its name. */
  readonly optimizer: string | null;
  readonly learningRate: number | null;
  readonly batchSize: number | null;
  readonly trainImages: number | null;
  readonly testImages: number | null;
  readonly engine: string | null;
  readonly device: string | null;
  /** Runs of the same letter saw the same data under the same budget; null without test figures. */
  readonly group: string | null;
  /** Of the epoch whose weights were tested. */
  readonly trainingAccuracy: number | null;
  /** `running`, and what made it lower in training: `running, with dropout`. */
  readonly trainingMeasured: string | null;
  /** Training less test accuracy. */
  readonly gap: number | null;
  /** The same after each epoch, where the test images were looked at then. */
  readonly gapByEpoch: readonly number[] | null;
  /** All that a run was trained with; of it the JSON output has the settings that differ between runs. */
  readonly config: RunConfig | null;
}

/** What an architecture costs. */
export type Figures = Pick<
  CompareRow,
  'params' | 'macs' | 'parameterBytes' | 'trainingActivationBytes' | 'receptiveField'
>;

export function modelRow(spec: ModelSpec, figures: Figures): CompareRow {
  return {
    name: spec.name,
    kind: 'model',
    ...figures,
    dataset: null,
    epochs: null,
    testAccuracy: null,
    testLoss: null,
    seconds: null,
    imagesPerSecond: null,
    run: null,
    status: null,
    seed: null,
    optimizer: null,
    learningRate: null,
    batchSize: null,
    trainImages: null,
    testImages: null,
    engine: null,
    device: null,
    group: null,
    trainingAccuracy: null,
    trainingMeasured: null,
    gap: null,
    gapByEpoch: null,
    config: null,
  };
}

/** @param group the letter of the run's group, if it is in one */
export function runRow({ run, test }: TestedRun, figures: Figures, group: string | null): CompareRow {
  const { dir, info, spec } = run;
  const { optimizer, batchSize } = spec.config.training;
  return {
    name: info.model,
    kind: 'run',
    ...figures,
    dataset: info.dataset.name,
    epochs: info.epoch,
    testAccuracy: test?.accuracy ?? null,
    testLoss: test?.loss ?? null,
    seconds: info.seconds,
    imagesPerSecond: overallRate(info.history.map((epoch) => epoch.imagesPerSecond)),
    run: dir,
    status: info.status,
    seed: info.seed,
    optimizer: optimizer.name,
    learningRate: optimizer.learningRate,
    batchSize,
    trainImages: info.dataset.trainImages,
    testImages: info.dataset.testImages,
    engine: info.engine.name,
    device: info.engine.device,
    group,
    ...gapFields(test && runningGap(run, test.accuracy)),
    config: resolvedConfig(spec),
  };
}

/** What a row says of the gap between training and test. */
function gapFields(
  gap: Gap | null,
): Pick<CompareRow, 'trainingAccuracy' | 'trainingMeasured' | 'gap' | 'gapByEpoch'> {
  if (gap === null) return { trainingAccuracy: null, trainingMeasured: null, gap: null, gapByEpoch: null };
  const aids = [...(gap.dropout ? ['dropout'] : []), ...(gap.augmentation ? ['augmentation'] : [])];
  return {
    trainingAccuracy: gap.trainingAccuracy,
    trainingMeasured: aids.length === 0 ? gap.measured : `${gap.measured}, with ${listed(aids)}`,
    gap: gap.gap,
    gapByEpoch: gap.byEpoch.length > 0 ? gap.byEpoch.map((epoch) => epoch.gap) : null,
  };
}

/** @throws UsageError where the layers do not fit each other. */
export function figuresOf(spec: ModelSpec): Figures {
  const { layers, totals } = summarise(buildGraph(spec, { anyHead: true }));
  const { params, macs, parameterBytes, trainingActivationBytes } = totals;
  const receptiveField = layers.findLast((layer) => layer.receptiveField !== null)?.receptiveField ?? null;
  return { params, macs, parameterBytes, trainingActivationBytes, receptiveField };
}

/** Images a second over epochs of as many images each: the harmonic mean; null without a rate. */
function overallRate(rates: readonly number[]): number | null {
  const known = rates.filter((rate) => rate > 0);
  if (known.length === 0) return null;
  return known.length / known.reduce((sum, rate) => sum + 1 / rate, 0);
}
