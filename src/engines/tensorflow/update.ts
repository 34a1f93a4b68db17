import type { Tensor as TfTensor, Variable } from '@tensorflow/tfjs-core';
import type { OptimizerConfig } from '../../recipe/optimizers/index.js';
import { optimizerNamed } from '../../recipe/optimizers/index.js';
import type { Arithmetic } from '../../recipe/optimizers/optimizer.js';
import type { Tensorflow } from './library.js';
import type { Weight } from './tf-model.js';

/** Element-wise arithmetic on tensors; use it inside `tf.tidy`. */
function tensorArithmetic(tf: Tensorflow): Arithmetic<TfTensor> {
  return {
    add: (a, b) => tf.add(a, b),
    sub: (a, b) => tf.sub(a, b),
    mul: (a, b) => tf.mul(a, b),
    div: (a, b) => tf.div(a, b),
    sqrt: (a) => tf.sqrt(a),
    addScaled: (a, b, factor) => tf.add(a, tf.mul(b, factor)),
    constant: (value) => tf.scalar(value),
  };
}

/** One tensor that the optimizer keeps for a weight, as large as the weight. */
export interface Slot {
  /** `layer/weight/slot` */
  readonly fullName: string;
  readonly variable: Variable;
}

/** A trainable weight with its optimizer slots. */
export interface Trained {
  readonly weight: Weight;
  readonly slots: readonly Slot[];
}

/** An optimizer bound to its settings. */
export interface Updater {
  /** The trainable ones of these weights, with slots of zeros. */
  track(weights: readonly Weight[]): Trained[];
  /** Changes one weight and its slots. `gradient` is without weight decay; `step` is 1 for the first update. */
  update(trained: Trained, gradient: TfTensor, learningRate: number, step: number): void;
}

export function createUpdater(tf: Tensorflow, settings: OptimizerConfig): Updater {
  const optimizer = optimizerNamed(settings);
  const math = tensorArithmetic(tf);
  const slotNames = optimizer.slots(settings);
  return {
    track: (weights) =>
      weights
        .filter(({ spec }) => spec.trainable)
        .map((weight) => ({
          weight,
          slots: slotNames.map((name) => ({
            fullName: `${weight.fullName}/${name}`,
            variable: tf.tidy(() => tf.variable(tf.zeros([...weight.spec.shape]), false)),
          })),
        })),
    update({ weight, slots }, gradient, learningRate, step) {
      tf.tidy(() => {
        const value = weight.variable.read();
        const decays = weight.spec.decay && settings.weightDecay > 0;
        const next = optimizer.update(math, settings, {
          weight: value,
          gradient: decays ? tf.add(gradient, tf.mul(value, settings.weightDecay)) : gradient,
          slots: slots.map(({ variable }) => variable),
          stepSize: tf.scalar(optimizer.stepSize(settings, learningRate, step) * (weight.spec.rate ?? 1)),
        });
        weight.variable.write(next.weight);
        slots.forEach(({ variable }, i) => {
          variable.assign(next.slots[i]!);
        });
      });
    },
  };
}
