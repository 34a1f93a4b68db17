import type { InferenceResult } from '../engines/engine.js';

/** What a network said of the images of a split so far, in their order. */
export class Predictions {
  readonly predicted: Int32Array;
  /** Of the predicted class. */
  readonly probabilities: Float32Array;
  readonly losses: Float32Array;
  /** Classes that were held to be more probable than the true one. */
  readonly ranks: Int32Array;
  /** Images so far. */
  done = 0;
  lossSum = 0;
  correct = 0;

  readonly #classes: number;

  constructor(
    readonly labels: Int32Array,
    classes: number /** The name of an image. */,
    readonly nameOf: (index: number) => string = String,
  ) {
    this.#classes = classes;
    this.predicted = new Int32Array(labels.length);
    this.probabilities = new Float32Array(labels.length);
    this.losses = new Float32Array(labels.length);
    this.ranks = new Int32Array(labels.length);
  }

  add({ probabilities, losses }: InferenceResult, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#addImage(probabilities.subarray(i * this.#classes, (i + 1) * this.#classes), losses[i]!);
    }
  }

  #addImage(row: Float32Array, loss: number): void {
    const image = this.done++;
    const label = this.labels[image]!;
    let best = 0;
    let rank = 0;
    for (let c = 0; c < row.length; c++) {
      if (row[c]! > row[best]!) best = c;
      // Of equals the first counts as the most probable, as for `best`; what is not a number is never right.
      if (row[c]! > row[label]! || (c < label && row[c] === row[label]) || Number.isNaN(row[c])) rank++;
    }
    this.predicted[image] = best;
    this.probabilities[image] = row[best]!;
    this.losses[image] = loss;
    this.ranks[image] = rank;
    this.lossSum += loss;
    if (rank === 0) this.correct++;
  }
}
