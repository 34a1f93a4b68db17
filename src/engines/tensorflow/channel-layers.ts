import type { serialization, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ChannelLayers, DepthMaxPoolArguments, LrnArguments } from '../../models/lowering/tensorflow.js';
import type { Tensorflow } from './library.js';

type Shape = (number | null)[];

const made = new WeakMap<object, ChannelLayers>();

/** The layers of one copy of TensorFlow.js, whose Layer class they extend. */
export function channelLayers(tf: Tensorflow): ChannelLayers {
  let classes = made.get(tf.layers);
  if (classes === undefined) {
    classes = {
      DepthMaxPooling: depthMaxPooling(tf),
      LocalResponseNormalization: localResponseNormalization(tf),
    };
    made.set(tf.layers, classes);
  }
  return classes;
}

const only = <T>(value: T | T[]): T => (Array.isArray(value) ? value[0]! : value);

function depthMaxPooling(tf: Tensorflow): ChannelLayers['DepthMaxPooling'] {
  class DepthMaxPooling extends tf.layers.Layer {
    static readonly className = 'DepthMaxPooling';

    readonly #args: { name: string } & DepthMaxPoolArguments;

    constructor(args: { name: string } & DepthMaxPoolArguments) {
      super({ name: args.name });
      this.#args = args;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const [n, h, w, c] = inputShape as Shape;
      return [n!, h!, w!, Math.floor((c! - this.#args.size) / this.#args.stride) + 1];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const [n, h, w, c] = only(inputs).shape as [number, number, number, number];
        // Channels as rows: a pooling over [size, 1] windows of [C, 1] maps.
        const rows = tf.reshape(only(inputs), [n * h * w, c, 1, 1]) as Tensor4D;
        const pooled = tf.maxPool(rows, [this.#args.size, 1], [this.#args.stride, 1], 'valid');
        return tf.reshape(pooled, [n, h, w, -1]);
      });
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...this.#args };
    }
  }
  tf.serialization.registerClass(
    DepthMaxPooling as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
  return DepthMaxPooling;
}

function localResponseNormalization(tf: Tensorflow): ChannelLayers['LocalResponseNormalization'] {
  class LocalResponseNormalization extends tf.layers.Layer {
    static readonly className = 'LocalResponseNormalization';

    readonly #args: { name: string } & LrnArguments;

    constructor(args: { name: string } & LrnArguments) {
      super({ name: args.name });
      this.#args = args;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      return inputShape as Shape;
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const { depthRadius, bias, alpha, beta } = this.#args;
      return tf.localResponseNormalization(only(inputs) as Tensor4D, depthRadius, bias, alpha, beta);
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...this.#args };
    }
  }
  tf.serialization.registerClass(
    LocalResponseNormalization as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
  return LocalResponseNormalization;
}
