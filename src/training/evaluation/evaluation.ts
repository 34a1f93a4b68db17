import { batches } from '../../data/batches/batches.js';
import type { Split } from '../../data/sets/dataset.js';
import type { InferenceProgram } from '../../engines/engine.js';
import type { Graph } from '../../models/graph/graph.js';
import { Predictions } from '../../runs/predictions.js';

export interface ClassReport {
  readonly label: string;
  /** Of the images called so, the share that are; null where none is called so. */
  readonly precision: number | null;
  /** Of the images that are so, the share called so; null where there is none. */
  readonly recall: number | null;
  /** The harmonic mean of both, 2 TP / (2 TP + FP + FN); null where there is nothing to divide by. */
  readonly f1: number | null;
  /** Images of the class. */
  readonly support: number;
}

export interface WorstImage {
  /** Its place in the split, from 0. */
  readonly index: number;
  /** Its name, by which `predict` takes it: a path, or data set, part and number. */
  readonly image: string;
  readonly label: string;
  readonly predicted: string;
  /** Of the predicted class. */
  readonly probability: number;
  readonly loss: number;
}

export interface Evaluation {
  readonly images: number;
  readonly loss: number;
  readonly accuracy: number;
  /** 95 % interval of the accuracy (Wilson 1927): [low, high]. */
  readonly accuracyInterval: readonly [number, number];
  /** Images whose label is among the five most probable classes (or all of them, where there are fewer). */
  readonly top5Accuracy: number;
  readonly perClass: readonly ClassReport[];
  /** Rows are true classes, columns predicted ones. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Runs all images of a split through a program; yields after each batch the predictions so far, at last those of all images.
 * The next batch is made while one runs.
 */
export async function* predict(
  program: InferenceProgram,
  graph: Graph,
  split: Split,
): AsyncGenerator<Predictions, void> {
  const predictions = new Predictions(split.labels, graph.classes, split.nameOf);
  const images = batches(split, { batchSize: program.batchSize, shape: graph.input });
  for (let next = images.next(); ; ) {
    const { value: batch, done } = await next;
    if (done) return;
    const { count } = batch;
    const running = program.run(batch);
    next = images.next();
    // Where the program fails, nobody waits for the next batch.
    next.catch(() => {});
    predictions.add(await running, count);
    yield predictions;
  }
}

/** The figures of all images. */
export function evaluationOf(predictions: Predictions, classes: readonly string[]): Evaluation {
  const { labels, predicted, ranks, done, correct } = predictions;
  const confusion = classes.map(() => new Array<number>(classes.length).fill(0));
  let amongFive = 0;
  for (let i = 0; i < done; i++) {
    confusion[labels[i]!]![predicted[i]!]!++;
    if (ranks[i]! < 5) amongFive++;
  }
  return {
    images: done,
    loss: predictions.lossSum / done,
    accuracy: correct / done,
    accuracyInterval: wilsonInterval(correct, done),
    top5Accuracy: amongFive / done,
    perClass: classes.map((label, c) => classReport(label, c, confusion)),
    confusion,
  };
}

function classReport(label: string, c: number, confusion: readonly (readonly number[])[]): ClassReport {
  const hits = confusion[c]![c]!;
  const support = confusion[c]!.reduce((a, b) => a + b, 0);
  const called = confusion.reduce((sum, row) => sum + row[c]!, 0);
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return {
    label,
    precision: share(hits, called),
    recall: share(hits, support),
    f1: share(2 * hits, called + support),
    support,
  };
}

/** The `count` images with the highest loss, the worst first. */
export function worstImages(
  predictions: Predictions,
  classes: readonly string[],
  count: number,
): WorstImage[] {
  const { labels, predicted, probabilities, losses, done } = predictions;
  // NaN is worse than any loss.
  const badness = (i: number): number => (Number.isNaN(losses[i]) ? Number.POSITIVE_INFINITY : losses[i]!);
  const order = Array.from({ length: done }, (_, i) => i).sort((a, b) => {
    const [x, y] = [badness(a), badness(b)];
    return x === y ? a - b : y - x;
  });
  return order.slice(0, count).map((index) => ({
    index,
    image: predictions.nameOf(index),
    label: classes[labels[index]!]!,
    predicted: classes[predicted[index]!]!,
    probability: probabilities[index]!,
    loss: losses[index]!,
  }));
}

/** The 0.975 quantile of the normal distribution. */
const Z = 1.959963984540054;

/** The 95 % score interval of a share (E. B. Wilson 1927), which stays within [0, 1] and holds for few images too. */
export function wilsonInterval(hits: number, count: number): [number, number] {
  const share = hits / count;
  const middle = share + (Z * Z) / (2 * count);
  const half = Z * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  const scale = 1 + (Z * Z) / count;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
