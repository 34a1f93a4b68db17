import { WorkError } from '../../../base/errors.js';
import { opaqueRaster, type Raster } from '../../../base/raster.js';
import { setting } from '../../../base/text/settings.js';
import { ImageReader } from '../../../data/image-reader.js';
import type { DataNotice } from '../../../data/sets/dataset.js';
import { buildGraph } from '../../../models/build.js';
import { openRun } from '../../../runs/run-reader.js';
import { type EvaluationRequest, evaluateRun } from '../../../training/evaluation/evaluate-run.js';
import { type WorstImage, worstImages } from '../../../training/evaluation/evaluation.js';

/** What `visualize mistakes` was asked for: which images, and how many mistakes at most. */
export interface MistakesRequest extends Omit<EvaluationRequest, 'weights'> {
  readonly worst?: number;
}

/** An image that was taken for something else, as the network sees it. */
export interface Mistake extends WorstImage {
  readonly picture: Raster;
}

export interface Mistakes {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly split: string;
  /** How many were looked at, and how many of them were wrong. */
  readonly images: number;
  readonly wrong: number;
  /** The worst, by their loss. */
  readonly mistakes: readonly Mistake[];
}

const WORST = 24;

/**
 * The images that a run's network is most wrong about.
 * @throws UsageError for a run or split that is not there; WorkError where images or weights cannot be had, or none is wrong
 */
export async function runMistakes(
  request: MistakesRequest,
  notify: (notice: DataNotice) => void,
): Promise<Mistakes> {
  const { evaluation, predictions, classes, model, dataset, split } = await evaluateRun(request, notify);
  const { images, accuracy } = evaluation;
  const wrong = worstImages(predictions, classes, images).filter(
    ({ label, predicted }) => label !== predicted,
  );
  if (wrong.length === 0)
    throw new WorkError(
      `${request.run} makes no mistake: all ${images} ${split} images are right (accuracy ${accuracy}). Other images are taken by ${setting('split')} or ${setting('dataset')}.`,
    );
  const shown = wrong.slice(0, request.worst ?? WORST);
  const mistakes = await withPictures(request.run, request.dataDir, shown);
  return { run: request.run, model, dataset, split, images, wrong: wrong.length, mistakes };
}

/** Images of the data set that a run was trained on, as its network sees them. @throws WorkError where one cannot be had */
export async function withPictures(
  dir: string,
  dataDir: string | undefined,
  images: readonly WorstImage[],
): Promise<Mistake[]> {
  const run = openRun(dir);
  const { input, pixels: scaling } = buildGraph(run.spec);
  // What loading has to say was said when the images were looked at.
  const reader = new ImageReader(input, {
    dataDir,
    resize: scaling.resize,
    trainedOn: run.info.dataset,
    notify: () => {},
  });
  const mistakes: Mistake[] = [];
  for (const image of images) {
    const pixels = await reader.pixels(image.image, input);
    mistakes.push({ ...image, picture: opaqueRaster(pixels, input[1], input[0]) });
  }
  return mistakes;
}
