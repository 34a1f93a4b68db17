import * as z from 'zod';
import { activationSchema } from '../../../recipe/activations.js';
import { initializerSchema, useBiasSchema } from '../../../recipe/initializers.js';
import type { Shape } from '../../graph/graph.js';
import {
  droppedNote,
  explainWindow,
  paddingSchema,
  pairOf,
  pairSchema,
  requireMap,
  windowGeometry,
} from '../../graph/window.js';
import {
  type LayerNumbers,
  type Term,
  valueAt,
  weightedSum,
  windowPlaces,
} from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall, torchPadding, torchPair, torchStride } from '../../lowering/torch.js';

/** The parameters of a convolution. */
export const convolutionSchema = z.strictObject({
  filters: z.int().min(1).describe('Number of output channels.'),
  kernelSize: pairSchema.describe('Height and width of the kernel.'),
  strides: pairSchema.default(1).describe('How far the kernel moves.'),
  padding: paddingSchema.default('valid'),
  activation: activationSchema.default('linear'),
  useBias: useBiasSchema,
  kernelInitializer: initializerSchema.default('glorotUniform'),
  biasInitializer: initializerSchema.default('zeros'),
});
export type ConvolutionParams = z.output<typeof convolutionSchema>;

export const convolutionGeometry = (params: Omit<ConvolutionParams, 'filters'>, input: Shape) =>
  windowGeometry(input, { size: params.kernelSize, strides: params.strides, padding: params.padding });

/**
 * The products of a convolution at [row, column], zeros of padding among them: row by row, and channel by channel at each place.
 * @param channels of the input that count
 * @param weightOf what a place of the window counts for; `nth` is the place of the channel among `channels`
 */
export function convolutionTerms(
  params: Omit<ConvolutionParams, 'filters'>,
  place: readonly number[],
  { inputs: [input] }: LayerNumbers,
  channels: readonly number[],
  weightOf: (inWindow: readonly [number, number], nth: number) => number,
): Term[] {
  return windowPlaces(convolutionGeometry(params, input!.shape), place).flatMap(({ row, column, inWindow }) =>
    channels.map((channel, nth) => {
      const at = [row, column, channel];
      return { input: valueAt(input!, at), weight: weightOf(inWindow, nth), place: at, source: 0 };
    }),
  );
}

/**
 * Convolution of [H, W, C] with `filters` kernels of [kh, kw, C] to [oh, ow, filters].
 * @throws ShapeError where its input is no map, or the kernel does not fit it
 */
export const conv2d = defineLayer({
  keras: 'Conv2D',
  description: 'Two-dimensional convolution.',
  schema: convolutionSchema,
  outputShape(params, [input]) {
    requireMap(input!);
    return [...convolutionGeometry(params, input!).output, params.filters];
  },
  activation: (params) => params.activation,
  weights(params, [input]) {
    const kernel = {
      name: 'kernel',
      shape: [...pairOf(params.kernelSize), input![2]!, params.filters],
      initializer: params.kernelInitializer,
      trainable: true,
      decay: true,
    };
    const bias = {
      name: 'bias',
      shape: [params.filters],
      initializer: params.biasInitializer,
      trainable: true,
      decay: false,
    };
    return params.useBias ? [kernel, bias] : [kernel];
  },
  macs(params, [input], output) {
    const [kh, kw] = pairOf(params.kernelSize);
    return output[0]! * output[1]! * params.filters * kh * kw * input![2]!;
  },
  window: (params) => ({ size: pairOf(params.kernelSize), stride: pairOf(params.strides) }),
  notes: (params, [input]) => droppedNote(convolutionGeometry(params, input!).dropped),
  explain(params, [input], output) {
    const [kh, kw] = pairOf(params.kernelSize);
    const c = input![2]!;
    const perFilter = kh * kw * c + (params.useBias ? 1 : 0);
    const window = `(${kh} x ${kw} x ${c}${params.useBias ? ' + 1' : ''})`;
    return [
      explainWindow(input!, convolutionGeometry(params, input!)),
      `parameters: ${window} x ${params.filters} = ${perFilter * params.filters}`,
      `MACs: ${output[0]} x ${output[1]} x ${params.filters} x ${kh} x ${kw} x ${c} = ${output[0]! * output[1]! * params.filters * kh * kw * c}`,
    ];
  },
  geometry: (params, [input]) => convolutionGeometry(params, input!),
  arithmetic(params, place, numbers) {
    const { weights } = numbers;
    const filter = place[2]!;
    const kernel = weights.get('kernel')!;
    const channels = Array.from({ length: kernel.shape[2]! }, (_, channel) => channel);
    const terms = convolutionTerms(params, place, numbers, channels, (inWindow, channel) =>
      valueAt(kernel, [...inWindow, channel, filter]),
    );
    return weightedSum(terms, weights.get('bias')?.data[filter]);
  },
  onnx: (operators, node, [x]) =>
    operators.conv2d(x!, {
      geometry: convolutionGeometry(node.params, node.inputShapes[0]!),
      filters: node.params.filters,
      kernel: `${node.name}/kernel`,
      bias: node.params.useBias ? `${node.name}/bias` : null,
    }),
  tensorflow(context, node, [x]) {
    const { input, padding } = context.padded(node.name, x!, node.params.padding, 'zero');
    const layer = context.layers.conv2d({
      name: node.name,
      filters: node.params.filters,
      kernelSize: [...pairOf(node.params.kernelSize)],
      strides: [...pairOf(node.params.strides)] as [number, number],
      padding,
      activation: node.activation,
      useBias: node.params.useBias,
    });
    return context.apply(layer, input);
  },
  torch(self, { params, inputShapes: [input] }, [x]) {
    const geometry = convolutionGeometry(params, input!);
    const padded = torchPadding(geometry, x!, '0', Number.POSITIVE_INFINITY);
    return {
      module: torchCall('nn.Conv2d', [input![2]!, params.filters, torchPair(geometry.size)], {
        stride: torchStride(geometry, 'one'),
        padding: padded.padding,
        bias: params.useBias ? undefined : 'False',
      }),
      value: `${self}(${padded.input})`,
      tensors: { kernel: { name: 'weight', axes: [3, 2, 0, 1] }, bias: { name: 'bias' } },
    };
  },
});
