import { WorkError } from '../../base/errors.js';
import { setting } from '../../base/text/settings.js';
import type { DataNotice } from '../../data/sets/dataset.js';
import { limitOf } from '../../runs/images.js';
import { hasWeights } from '../../runs/run-reader.js';
import { type EvaluationRequest, evaluateRun } from '../../training/evaluation/evaluate-run.js';
import type { EVALUATION_KEYS } from './place.js';
import type { TestedRun } from './results.js';

/** What `evaluate` computes on, and where and how data is read. */
export type EvaluationWish = Partial<Pick<EvaluationRequest, (typeof EVALUATION_KEYS)[number]>>;

/**
 * Evaluates the weights of a run on its own test images, as the end of its training does, where its folder does not say what
 * comes out. Nothing is written. A run without weights, such as one that diverged at once, stays as it is.
 * @throws WorkError where weights, images or the device cannot be had, or the images are not those of the run.
 */
export async function evaluated(
  tested: TestedRun,
  wish: EvaluationWish,
  notify: (notice: DataNotice) => void,
): Promise<TestedRun> {
  if (tested.test !== null && tested.predictions !== null) return tested;
  if (!hasWeights(tested.run)) return tested;
  const { dir, info } = tested.run;
  const { limit, identity, name } = info.dataset;
  const {
    engine = 'auto',
    device = 'auto',
    dataDir,
    strict,
    imageMemory,
    imageCache,
    threads,
    batchSize,
  } = wish;
  const found = await evaluateRun(
    {
      run: dir,
      split: 'test',
      limit: limitOf(limit, 'test'),
      engine,
      device,
      dataDir,
      strict,
      imageMemory,
      imageCache,
      threads,
      batchSize,
    },
    notify,
  );
  if (found.identity !== identity) {
    throw new WorkError(
      `${dir} was tested on other images: ${name} is ${found.identity} here, that was ${identity}. Say by ${setting('dataDir')} where they lie.`,
    );
  }
  const { images, loss, accuracy } = found.evaluation;
  return { run: tested.run, test: { images, loss, accuracy }, predictions: found.predictions };
}
