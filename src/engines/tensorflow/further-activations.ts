import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { layers as tfLayers } from '@tensorflow/tfjs-layers';
import type { OwnActivation } from '../../models/lowering/tensorflow.js';
import type { Activation } from '../../recipe/activations.js';
import { SCALED_TANH } from '../../recipe/scaled-tanh.js';
import type { Tensorflow } from './library.js';

type FurtherActivationName = Exclude<Activation, OwnActivation>;
interface Arguments {
  readonly name: string;
  readonly function: FurtherActivationName;
}
type LayerClass = new (args: Arguments) => tfLayers.Layer;

const FUNCTIONS: Record<FurtherActivationName, (tf: Tensorflow, x: Tensor) => Tensor> = {
  scaledTanh: (tf, x) => tf.mul(tf.tanh(tf.mul(x, SCALED_TANH.slope)), SCALED_TANH.amplitude),
  softmin: (tf, x) => tf.softmax(tf.neg(x)),
  negative: (tf, x) => tf.neg(x),
};

export function isFurther(activation: Activation): activation is FurtherActivationName {
  return Object.hasOwn(FUNCTIONS, activation);
}

const made = new WeakMap<object, LayerClass>();

/** An activation that TensorFlow.js lacks, as a layer; registered, so that saved models that use it load again. */
export function furtherActivation(tf: Tensorflow): LayerClass {
  const known = made.get(tf.layers);
  if (known !== undefined) return known;
  class FurtherActivation extends tf.layers.Layer {
    static readonly className = 'FurtherActivation';

    readonly #args: Arguments;

    constructor(args: Arguments) {
      super({ name: args.name });
      this.#args = args;
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => FUNCTIONS[this.#args.function](tf, [inputs].flat()[0]!));
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...this.#args };
    }
  }
  tf.serialization.registerClass(
    FurtherActivation as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
  made.set(tf.layers, FurtherActivation);
  return FurtherActivation;
}
