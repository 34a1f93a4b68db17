import type { OperatorAttributes, Value } from '../../../../models/lowering/onnx.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import { asStored, type Operator, type PlainEmission } from '../contract/operator.js';
import { conv2d } from './conv2d.js';

type Attributes = OperatorAttributes['partialConv2d'];

/**
 * Convolution whose filters see some channels only, [C, H, W] to [filters, P, Q]: the one with a whole kernel that is 0 elsewhere. What is kept, trained
 * and stored are the values of connected pairs alone, inside as [pairs, kh, kw].
 */
export const partialConv2d: Operator<'partialConv2d'> = {
  shape: (inputs, attributes) => conv2d.shape(inputs, attributes),

  weights(_inputs, { kernel, bias, geometry, filters, connections }) {
    const layout = { name: kernel, from: [...geometry.size, connections.flat().length], perm: [2, 0, 1] };
    return bias ? [layout, asStored(bias, [filters])] : [layout];
  },

  plain: (e, attributes, inputs, values) =>
    conv2d.plain(withWholeKernel(e, attributes, values[0]!), attributes, inputs, values),

  train(e, attributes, inputs, values, needed) {
    const { output, backward } = conv2d.train(
      withWholeKernel(e, attributes, values[0]!),
      attributes,
      inputs,
      values,
      needed,
    );
    return {
      output,
      backward(gradient) {
        const found = backward(gradient, []);
        const { kernel } = attributes;
        const connected = connectedOf(e.g, attributes, found.weights.get(kernel)!);
        return { ...found, weights: new Map([...found.weights, [kernel, connected]]) };
      },
    };
  },
};

/** The emission with the kernel as the whole convolution has it. */
function withWholeKernel<E extends PlainEmission>(e: E, attributes: Attributes, value: Value): E {
  const whole = wholeOf(e.g, attributes, value.shape[0]!, e.weight(attributes.kernel));
  const weight: PlainEmission['weight'] = (name) => (name === attributes.kernel ? whole : e.weight(name));
  return { ...e, weight };
}

/** [pairs, kh, kw] to [filters, channels, kh, kw]: pairs that are not connected take the zeros behind the last one. */
function wholeOf(g: GraphWriter, { connections, geometry }: Attributes, channels: number, kernel: Ref): Ref {
  const [pairs, taps] = [connections.flat().length, geometry.size[0] * geometry.size[1]];
  const places = new Int32Array(connections.length * channels).fill(pairs);
  placesOf(connections, channels).forEach((place, pair) => {
    places[place] = pair;
  });
  const padded = g.pad(g.reshape(kernel, [pairs, taps]), [0, 0], [1, 0]);
  return g.reshape(g.gather(padded, places, 0), [connections.length, channels, ...geometry.size]);
}

/** The inverse, for gradients: those of pairs that are not connected are dropped. */
function connectedOf(g: GraphWriter, { connections, geometry }: Attributes, whole: Ref): Ref {
  const [filters, channels] = whole.dims as [number, number];
  const taps = geometry.size[0] * geometry.size[1];
  const places = placesOf(connections, channels);
  const flat = g.reshape(whole, [filters * channels, taps]);
  return g.reshape(g.gather(flat, places, 0), [places.length, ...geometry.size]);
}

/** Where each pair of the table stands in [filters, channels]. */
function placesOf(connections: Attributes['connections'], channels: number): number[] {
  return connections.flatMap((seen, filter) => seen.map((channel) => filter * channels + channel));
}
