import { UsageError } from '../../base/errors.js';
import { openRun, type Run } from '../../runs/run-reader.js';
import type { RunEvaluation } from '../../training/evaluation/evaluate-run.js';
import { type WorstImage, worstImages } from '../../training/evaluation/evaluation.js';
import { type FirstFilters, firstFilters } from '../visualize/networks/filters.js';
import { type Mistake, withPictures } from '../visualize/runs/mistakes.js';

/** What was taken for what. */
export interface ConfusedCell {
  /** Numbers of classes. */
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  /** Of mistakes the worst, of what is right the least certain. */
  readonly images: readonly Mistake[];
}

/** All that a report of one run shows. */
export interface RunReport {
  readonly run: Run;
  readonly evaluation: RunEvaluation;
  /** Mistakes, the most frequent first, then what is right. */
  readonly cells: readonly ConfusedCell[];
  readonly worst: readonly Mistake[];
  /** null of a network without a convolution. */
  readonly filters: FirstFilters | null;
}

/** Pictures of one cell, of all cells, and of the worst mistakes, at most. */
const OF_MISTAKE = 12;
const OF_HIT = 6;
const MOST_PICTURES = 600;
const WORST = 24;

/**
 * @throws UsageError where what was evaluated is no run; WorkError where its pictures cannot be had
 */
export async function runReport(evaluation: RunEvaluation, dataDir: string | undefined): Promise<RunReport> {
  const { run: dir, predictions, classes } = evaluation;
  if (dir === null) throw new UsageError('A report is one of a run: a model has no training to tell of.');
  const run = openRun(dir);
  const all = worstImages(predictions, classes, predictions.done);
  const cells = chosenCells(evaluation, all);
  const worst = all.filter(({ label, predicted }) => label !== predicted).slice(0, WORST);
  const wanted = new Map([...cells.flatMap(({ images }) => images), ...worst].map((one) => [one.index, one]));
  const pictures = new Map(
    (await withPictures(dir, dataDir, [...wanted.values()])).map((mistake) => [mistake.index, mistake]),
  );
  const seen = ({ index }: WorstImage): Mistake => pictures.get(index)!;
  return {
    run,
    evaluation,
    cells: cells.map((cell) => ({ ...cell, images: cell.images.map(seen) })),
    worst: worst.map(seen),
    filters: await filtersOf(dir),
  };
}

/** Cells with the images that stand for them: the more cells, the fewer of each. */
function chosenCells(
  { predictions, evaluation }: RunEvaluation,
  worst: readonly WorstImage[],
): { label: number; predicted: number; count: number; images: WorstImage[] }[] {
  const found = new Map<string, WorstImage[]>();
  for (const image of worst) {
    const key = `${predictions.labels[image.index]} ${predictions.predicted[image.index]}`;
    const images = found.get(key);
    if (images === undefined) found.set(key, [image]);
    else images.push(image);
  }
  const most = Math.min(OF_MISTAKE, Math.max(1, Math.floor(MOST_PICTURES / found.size)));
  const cells = [...found].slice(0, MOST_PICTURES).map(([key, images]) => {
    const [label, predicted] = key.split(' ').map(Number) as [number, number];
    const isHit = label === predicted;
    const shown = images.slice(0, isHit ? Math.min(OF_HIT, most) : most);
    return { label, predicted, isHit, count: evaluation.confusion[label]![predicted]!, images: shown };
  });
  return cells.sort((a, b) => Number(a.isHit) - Number(b.isHit) || b.count - a.count);
}

async function filtersOf(dir: string): Promise<FirstFilters | null> {
  try {
    return await firstFilters(dir);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
