import type { serialization, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LenetLayers, PartialConvArguments } from '../../models/lowering/tensorflow.js';
import type { Tensorflow } from './library.js';

type Shape = (number | null)[];

const made = new WeakMap<object, LenetLayers>();

/** The layers of one copy of TensorFlow.js, whose Layer class they extend. */
export function lenetLayers(tf: Tensorflow): LenetLayers {
  let classes = made.get(tf.layers);
  if (classes === undefined) {
    classes = {
      ChannelScale: channelScale(tf),
      PartialConv2D: partialConv(tf),
      EuclideanRBF: euclideanRbf(tf),
    };
    for (const layer of Object.values(classes)) {
      tf.serialization.registerClass(layer as Parameters<typeof tf.serialization.registerClass>[0]);
    }
    made.set(tf.layers, classes);
  }
  return classes;
}

const only = <T>(value: T | T[]): T => (Array.isArray(value) ? value[0]! : value);

function channelScale(tf: Tensorflow): LenetLayers['ChannelScale'] {
  return class ChannelScale extends tf.layers.Layer {
    static readonly className = 'ChannelScale';

    override build(inputShape: Shape | Shape[]): void {
      const channels = [(inputShape as Shape).at(-1)!];
      this.addWeight('coefficient', channels, 'float32', tf.initializers.ones());
      this.addWeight('bias', channels, 'float32', tf.initializers.zeros());
      super.build(inputShape);
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const [coefficient, bias] = this.weights;
      return tf.tidy(() => tf.add(tf.mul(only(inputs), coefficient!.read()), bias!.read()));
    }
  };
}

/** Each filter as a convolution of its own over the channels it sees, so that no zeros are multiplied. */
function partialConv(tf: Tensorflow): LenetLayers['PartialConv2D'] {
  // The gradient of a split into one part (4.22) fails.
  const parts = (x: Tensor, sizes: number[], axis: number): Tensor[] =>
    sizes.length === 1 ? [x] : tf.split(x, sizes, axis);
  return class PartialConv2D extends tf.layers.Layer {
    static readonly className = 'PartialConv2D';

    readonly #args: { name: string } & PartialConvArguments;

    constructor(args: { name: string } & PartialConvArguments) {
      super({ name: args.name });
      this.#args = args;
    }

    override build(inputShape: Shape | Shape[]): void {
      const { connections, kernelSize, useBias } = this.#args;
      const zeros = tf.initializers.zeros();
      this.addWeight('kernel', [...kernelSize, connections.flat().length], 'float32', zeros);
      if (useBias) this.addWeight('bias', [connections.length], 'float32', zeros);
      super.build(inputShape);
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const { connections, kernelSize, strides, padding } = this.#args;
      const [n, h, w] = inputShape as Shape;
      const positions = (extent: number, axis: 0 | 1) =>
        Math.ceil((padding === 'same' ? extent : extent - kernelSize[axis] + 1) / strides[axis]);
      return [n!, positions(h!, 0), positions(w!, 1), connections.length];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const { connections, kernelSize, strides, padding } = this.#args;
      const [kernel, bias] = this.weights.map((weight) => weight.read());
      return tf.tidy(() => {
        const channels = parts(only(inputs), new Array<number>(only(inputs).shape.at(-1)!).fill(1), 3);
        const kernels = parts(
          kernel!,
          connections.map((seen) => seen.length),
          2,
        );
        const maps = connections.map((seen, filter) => {
          const x = tf.concat(
            seen.map((channel) => channels[channel]!),
            3,
          ) as Tensor4D;
          const w = tf.reshape(kernels[filter]!, [...kernelSize, seen.length, 1]) as Tensor4D;
          return tf.conv2d(x, w, [...strides], padding);
        });
        const joined = tf.concat(maps, 3);
        return bias === undefined ? joined : tf.add(joined, bias);
      });
    }

    override getConfig(): serialization.ConfigDict {
      const { connections, kernelSize, strides, ...rest } = this.#args;
      return {
        ...super.getConfig(),
        ...rest,
        connections: connections.map((seen) => [...seen]),
        kernelSize: [...kernelSize],
        strides: [...strides],
      };
    }
  };
}

function euclideanRbf(tf: Tensorflow): LenetLayers['EuclideanRBF'] {
  return class EuclideanRBF extends tf.layers.Layer {
    static readonly className = 'EuclideanRBF';
    readonly #units: number;

    constructor({ name, units }: { name: string; units: number }) {
      super({ name });
      this.#units = units;
    }

    override build(inputShape: Shape | Shape[]): void {
      const shape = [(inputShape as Shape).at(-1)!, this.#units];
      this.addWeight('centres', shape, 'float32', tf.initializers.zeros(), undefined, false);
      super.build(inputShape);
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      return [(inputShape as Shape)[0]!, this.#units];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const x = tf.expandDims(only(inputs) as Tensor2D, 2);
        // Not squaredDifference: its gradient (4.22) does not sum over what was broadcast.
        return tf.sum(tf.square(tf.sub(x, tf.expandDims(this.weights[0]!.read(), 0))), 1);
      });
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), units: this.#units };
    }
  };
}
