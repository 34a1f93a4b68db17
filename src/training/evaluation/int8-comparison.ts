import type { Tensors } from '../../base/tensor.js';
import type { InferenceProgram } from '../../engines/engine.js';
import type { Predictions } from '../../runs/predictions.js';

/** A network's figures on some images by one way of computing. */
export interface Precision {
  readonly accuracy: number;
  readonly loss: number;
  /** Of the network alone, without the first batch. */
  readonly imagesPerSecond: number;
}

/** The same network in int8 and in float32 on the same images. */
export interface Int8Comparison {
  readonly int8: Precision;
  readonly float32: Precision;
  /** Images that are taken for another class. */
  readonly differing: number;
  /** Training images that it was calibrated with. */
  readonly calibrationImages: number;
  /** What is computed in float32 in int8 too: "lrn_1", "conv2d_1 (tanh)". */
  readonly float32Layers: readonly string[];
}

/** What a network has said of some images. */
export interface Predicted {
  readonly predictions: Predictions;
  /** See `Precision`. */
  readonly imagesPerSecond: number;
}

/** @param calibrationImages how many it was calibrated with */
export function compareInt8(
  int8: Predicted,
  float32: Predicted,
  calibrationImages: number,
  float32Layers: readonly string[],
): Int8Comparison {
  const figures = ({ predictions: { correct, done, lossSum }, imagesPerSecond }: Predicted) => ({
    accuracy: correct / done,
    loss: lossSum / done,
    imagesPerSecond,
  });
  const before = float32.predictions.predicted;
  return {
    int8: figures(int8),
    float32: figures(float32),
    differing: int8.predictions.predicted.reduce((sum, one, i) => sum + (one === before[i] ? 0 : 1), 0),
    calibrationImages,
    float32Layers,
  };
}

/** The same program with a clock, and how fast it has been. */
export function timedProgram(program: InferenceProgram) {
  const times: number[] = [];
  const timed: InferenceProgram = {
    ...program,
    async run(batch) {
      const begin = performance.now();
      const result = await program.run(batch);
      times.push(performance.now() - begin);
      return result;
    },
  };
  const imagesPerSecond = (): number => {
    // The first one faults memory in.
    const counted = times.length > 1 ? times.slice(1) : times;
    const ms = counted.reduce((sum, one) => sum + one, 0);
    return (1000 * program.batchSize * counted.length) / ms;
  };
  return { timed, imagesPerSecond };
}

/** Tensors with memory of their own. */
export function copiedTensors(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
