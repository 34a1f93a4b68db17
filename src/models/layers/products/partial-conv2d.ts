import * as z from 'zod';
import type { Shape } from '../../graph/graph.js';
import { ShapeError } from '../../graph/shape-error.js';
import { explainWindow, pairOf } from '../../graph/window.js';
import { valueAt, weightedSum } from '../../lowering/arithmetic.js';
import { defineLayer } from '../../lowering/layer.js';
import { torchCall, torchPadding, torchStride } from '../../lowering/torch.js';
import {
  type ConvolutionParams,
  conv2d,
  convolutionGeometry,
  convolutionSchema,
  convolutionTerms,
} from './conv2d.js';

const schema = convolutionSchema.omit({ filters: true }).extend({
  connections: z
    .array(z.array(z.int().min(0)).min(1))
    .min(1)
    .describe("One list a filter: the numbers of the input's channels that it sees, from 0."),
});
type Params = z.output<typeof schema>;

/** In Python, for exports: the kernel is kept as [pairs, kh, kw]. */
const PARTIAL_CONV2D = `class PartialConv2d(nn.Module):
    """Convolution whose filters each see the channels that a table names: [N, C, H, W] to [N, filters, oh, ow]."""

    def __init__(self, channels, connections, kernel_size, stride=1, padding=0, bias=True):
        super().__init__()
        pairs = [(number, channel) for number, seen in enumerate(connections) for channel in seen]
        self.filters, self.seen = (list(side) for side in zip(*pairs))
        self.whole = (len(connections), channels, *kernel_size)
        self.weight = nn.Parameter(torch.zeros(len(pairs), *kernel_size))
        self.bias = nn.Parameter(torch.zeros(len(connections))) if bias else None
        self.stride, self.padding = stride, padding

    def forward(self, x):
        kernel = x.new_zeros(self.whole)
        kernel[self.filters, self.seen] = self.weight
        return F.conv2d(x, kernel, self.bias, self.stride, self.padding)`;

/** The convolution of which this is a part: the one whose filters see every channel. */
const whole = (params: Params): ConvolutionParams => ({ ...params, filters: params.connections.length });

/** Pairs of a filter and a channel. */
const pairsOf = ({ connections }: Params) => connections.reduce((sum, { length }) => sum + length, 0);

/**
 * Convolution whose filters each see some of the input's channels only, as a connection table says: [H, W, C] to
 * [oh, ow, filters] (LeCun et al. 1998, Proc. IEEE 86(11), section II-B, layer C3 and table I). The kernel is stored as
 * [kh, kw, pairs], in the order of the table.
 * @throws ShapeError where its input is no map, the kernel does not fit it, or the table names a channel that is not there or one twice
 */
export const partialConv2d = defineLayer({
  keras: 'PartialConv2D',
  description: 'Convolution whose filters see only the channels that a connection table names.',
  schema,
  outputShape(params, inputs) {
    const shape = conv2d.outputShape(whole(params), inputs);
    params.connections.forEach((channels, filter) => {
      requireChannels(channels, filter, inputs[0]![2]!);
    });
    return shape;
  },
  activation: (params) => params.activation,
  weights(params, [input]) {
    const [kernel, ...bias] = conv2d.weights!(whole(params), [input!]);
    const taps = pairOf(params.kernelSize).reduce((a, b) => a * b);
    const pairs = pairsOf(params);
    return [
      {
        ...kernel!,
        shape: [...pairOf(params.kernelSize), pairs],
        // Of the average filter and the average channel.
        fans: [(taps * pairs) / params.connections.length, (taps * pairs) / input![2]!],
      },
      ...bias,
    ];
  },
  macs(params, _inputs, output) {
    const [kh, kw] = pairOf(params.kernelSize);
    return output[0]! * output[1]! * kh * kw * pairsOf(params);
  },
  window: (params, inputs) => conv2d.window!(whole(params), inputs),
  notes: (params, inputs) => [...conv2d.notes!(whole(params), inputs), ...unseenNote(params, inputs[0]!)],
  explain(params, [input], output) {
    const [kh, kw] = pairOf(params.kernelSize);
    const [pairs, filters] = [pairsOf(params), params.connections.length];
    const kernel = `${kh} x ${kw} x ${pairs}`;
    return [
      explainWindow(input!, convolutionGeometry(params, input!)),
      `connections: ${pairs} of ${filters} filters x ${input![2]} channels = ${filters * input![2]!}`,
      `parameters: ${kernel}${params.useBias ? ` + ${filters}` : ''} = ${kh * kw * pairs + (params.useBias ? filters : 0)}`,
      `MACs: ${output[0]} x ${output[1]} x ${kernel} = ${output[0]! * output[1]! * kh * kw * pairs}`,
    ];
  },
  geometry: (params, [input]) => convolutionGeometry(params, input!),
  arithmetic(params, place, numbers) {
    const { weights } = numbers;
    const filter = place[2]!;
    const kernel = weights.get('kernel')!;
    const firstPair = params.connections.slice(0, filter).flat().length;
    const channels = params.connections[filter]!;
    const terms = convolutionTerms(params, place, numbers, channels, (inWindow, nth) =>
      valueAt(kernel, [...inWindow, firstPair + nth]),
    );
    return weightedSum(terms, weights.get('bias')?.data[filter]);
  },
  onnx: (operators, node, [x]) =>
    operators.partialConv2d(x!, {
      geometry: convolutionGeometry(node.params, node.inputShapes[0]!),
      filters: node.params.connections.length,
      kernel: `${node.name}/kernel`,
      bias: node.params.useBias ? `${node.name}/bias` : null,
      connections: node.params.connections,
    }),
  tensorflow(context, node, [x]) {
    const { kernelSize, strides, useBias, connections } = node.params;
    const { input, padding } = context.padded(node.name, x!, node.params.padding, 'zero');
    const layer = new context.own.PartialConv2D({
      name: node.name,
      connections,
      kernelSize: pairOf(kernelSize),
      strides: pairOf(strides),
      padding,
      useBias,
    });
    return context.activated(node, context.apply(layer, input));
  },
  torch(self, { params, inputShapes: [input] }, [x]) {
    const geometry = convolutionGeometry(params, input!);
    const padded = torchPadding(geometry, x!, '0', Number.POSITIVE_INFINITY);
    return {
      module: torchCall(
        'PartialConv2d',
        [input![2]!, JSON.stringify(params.connections), `(${geometry.size.join(', ')})`],
        {
          stride: torchStride(geometry, 'one'),
          padding: padded.padding,
          bias: params.useBias ? undefined : 'False',
        },
      ),
      value: `${self}(${padded.input})`,
      definitions: [PARTIAL_CONV2D],
      tensors: { kernel: { name: 'weight', axes: [2, 0, 1] }, bias: { name: 'bias' } },
    };
  },
});

function requireChannels(channels: readonly number[], filter: number, count: number): void {
  const unknown = channels.find((channel) => channel >= count);
  if (unknown !== undefined) {
    throw new ShapeError(
      `entry ${filter + 1} of connections names channel ${unknown}, but its input has ${count}, numbered from 0`,
    );
  }
  const seen = new Set<number>();
  const twice = channels.find((channel) => seen.size === seen.add(channel).size);
  if (twice !== undefined) {
    throw new ShapeError(`entry ${filter + 1} of connections names channel ${twice} twice`);
  }
}

/** So many channels are named one by one. */
const MAX_NAMED = 16;

/** Channels that no filter sees are dropped without a word. */
function unseenNote({ connections }: Params, input: Shape): string[] {
  const seen = new Set(connections.flat());
  const count = input[2]! - seen.size;
  if (count === 0) return [];
  const first: number[] = [];
  for (let c = 0; first.length < Math.min(count, MAX_NAMED); c++) if (!seen.has(c)) first.push(c);
  const more = count - first.length;
  return [`no filter sees channel ${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}
