import type { serialization, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type {
  AveragePoolArguments,
  CustomLayers,
  LayerClass,
  Pads,
} from '../../models/lowering/tensorflow.js';
import type { Tensorflow } from './library.js';

type Shape = (number | null)[];

/** Fills padding so that it never wins a max pool. */
export const LOWEST = -3.4028234663852886e38;

const made = new WeakMap<object, CustomLayers>();

/** The custom layers of one copy of TensorFlow.js, whose Layer class they extend. */
export function customLayers(tf: Tensorflow): CustomLayers {
  let classes = made.get(tf.layers);
  if (classes === undefined) {
    classes = {
      ConstantPadding2D: constantPadding(tf),
      RealAveragePooling2D: realAveragePooling(tf),
      MaskedDropout: maskedDropout(tf),
    };
    made.set(tf.layers, classes);
  }
  return classes;
}

const only = <T>(value: T | T[]): T => (Array.isArray(value) ? value[0]! : value);

function padded([n, h, w, c]: Shape, [top, left, bottom, right]: Pads): Shape {
  return [n!, top + h! + bottom, left + w! + right, c!];
}

/** tf.pad's argument for [N, H, W, C]. */
const around = ([top, left, bottom, right]: Pads): [number, number][] => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

function constantPadding(tf: Tensorflow): CustomLayers['ConstantPadding2D'] {
  class ConstantPadding2D extends tf.layers.Layer {
    static readonly className = 'ConstantPadding2D';
    readonly pads: Pads;
    readonly value: number;

    constructor(args: { name: string; pads: Pads; value: number }) {
      super({ name: args.name });
      this.pads = args.pads;
      this.value = args.value;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      return padded(inputShape as Shape, this.pads);
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.pad(only(inputs), around(this.pads), this.value);
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), pads: [...this.pads], value: this.value };
    }
  }
  tf.serialization.registerClass(ConstantPadding2D);
  return ConstantPadding2D;
}

/**
 * Padding with zeros, averaging over whole windows and dividing by the share of real cells. TensorFlow.js's own
 * 'same' pooling gives the same values, but its plain backend's gradient divides by the whole window everywhere.
 */
function realAveragePooling(tf: Tensorflow): LayerClass<AveragePoolArguments> {
  class RealAveragePooling2D extends tf.layers.Layer {
    static readonly className = 'RealAveragePooling2D';
    readonly pooling: AveragePoolArguments;

    constructor({ name, poolSize, strides, pads }: { name: string } & AveragePoolArguments) {
      super({ name });
      this.pooling = { poolSize, strides, pads };
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const { poolSize, strides, pads } = this.pooling;
      const [n, h, w, c] = padded(inputShape as Shape, pads);
      const positions = (extent: number, axis: 0 | 1) =>
        Math.floor((extent - poolSize[axis]) / strides[axis]) + 1;
      return [n!, positions(h!, 0), positions(w!, 1), c!];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const x = only(inputs) as Tensor4D;
        const share = this.#meanOf(tf.ones([1, x.shape[1], x.shape[2], 1]));
        // A window in the padding alone has the mean 0, not 0 / 0.
        const cells = this.pooling.poolSize[0] * this.pooling.poolSize[1];
        return tf.div(this.#meanOf(x), tf.maximum(share, 1 / cells));
      });
    }

    #meanOf(x: Tensor4D): Tensor4D {
      const { poolSize, strides, pads } = this.pooling;
      return tf.avgPool(tf.pad(x, around(pads)), [...poolSize], [...strides], 'valid');
    }

    override getConfig(): serialization.ConfigDict {
      const { poolSize, strides, pads } = this.pooling;
      return { ...super.getConfig(), poolSize: [...poolSize], strides: [...strides], pads: [...pads] };
    }
  }
  tf.serialization.registerClass(RealAveragePooling2D);
  return RealAveragePooling2D as LayerClass<AveragePoolArguments>;
}

function maskedDropout(tf: Tensorflow): LayerClass<{ rate: number }> {
  class MaskedDropout extends tf.layers.Layer {
    static readonly className = 'MaskedDropout';
    readonly rate: number;

    constructor(args: { name: string; rate: number }) {
      super({ name: args.name });
      this.rate = args.rate;
    }

    override computeOutputShape(inputShapes: Shape | Shape[]): Shape {
      return (inputShapes as Shape[])[0]!;
    }

    override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
      const [x, mask] = inputs as [Tensor, Tensor];
      if (kwargs.training !== true) return x;
      return tf.tidy(() => tf.mul(x, tf.mul(mask, 1 / (1 - this.rate))));
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), rate: this.rate };
    }
  }
  tf.serialization.registerClass(MaskedDropout);
  return MaskedDropout;
}
