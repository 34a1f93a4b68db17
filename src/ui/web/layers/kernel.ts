import { sizeOf, type Tensor } from '../../../base/tensor.js';
import type { GraphNode, Shape } from '../../../models/graph/graph.js';
import { type PageNetwork, weightsOf } from '../network/network.js';

/** What a layer looks for to make one of its maps or values. */
export interface Kernel {
  /** [kh, kw, channels], or [inputs] */
  readonly tensor: Tensor;
  readonly bias: number | null;
  /** In words: "a kernel of 3x3 for each of 32 maps". */
  readonly text: string;
}

/** The kernel of a channel, or the weights of a unit; null of layers that have none. */
export function kernelOf(network: PageNetwork, node: GraphNode, channel: number): Kernel | null {
  const weights = weightsOf(network, node);
  const kernel = weights.get('kernel');
  const bias = weights.get('bias')?.data[channel] ?? null;
  if (node.kind === 'conv2d') {
    const [kh, kw, channels] = kernel!.shape as [number, number, number];
    const tensor = column(kernel!, channel, [kh, kw, channels]);
    return {
      tensor,
      bias,
      text: `a kernel of ${kh}x${kw} for ${channels === 1 ? 'the map' : `each of the ${channels} maps`} that it reads`,
    };
  }
  if (node.kind === 'partialConv2d') return { ...pairsOf(node, kernel!, channel), bias };
  if (node.kind === 'dense') {
    const shape = flattened(network, node) ?? [kernel!.shape[0]!];
    const tensor = column(kernel!, channel, shape);
    return { tensor, bias, text: `${sizeOf(shape)} weights, one for each value that it reads` };
  }
  if (node.kind !== 'rbf') return null;
  const centres = weights.get('centres')!;
  // The 84 values of LeNet-5 are pictures of 12 rows of 7.
  const shape = centres.shape[0] === 84 ? [12, 7, 1] : [centres.shape[0]!];
  return {
    tensor: column(centres, channel, shape),
    bias: null,
    text: 'the values that it measures a distance to',
  };
}

/** The weights of one output, of a tensor [..., outputs]. */
function column({ data, shape: whole }: Tensor, output: number, shape: Shape): Tensor {
  const outputs = whole.at(-1)!;
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => data[i * outputs + output]!) };
}

/** Of a kernel by pairs [kh, kw, pairs], those of one filter. */
function pairsOf(node: GraphNode, kernel: Tensor, filter: number): Pick<Kernel, 'tensor' | 'text'> {
  const { connections } = node.params as { connections: readonly (readonly number[])[] };
  const [kh, kw, pairs] = kernel.shape as [number, number, number];
  const first = connections.slice(0, filter).reduce((sum, channels) => sum + channels.length, 0);
  const channels = connections[filter]!;
  const data = Float32Array.from({ length: kh * kw * channels.length }, (_, i) => {
    const place = Math.floor(i / channels.length);
    return kernel.data[place * pairs + first + (i % channels.length)]!;
  });
  return {
    tensor: { shape: [kh, kw, channels.length], data },
    text: `a kernel of ${kh}x${kw} for each of the maps ${channels.join(', ')}`,
  };
}

/** The maps that a dense layer reads as a vector: its weights are seen as such, too. */
function flattened({ graph }: PageNetwork, node: GraphNode): Shape | null {
  const before = graph.nodes.find(({ name }) => name === node.inputs[0]);
  return before?.kind === 'flatten' && before.inputShapes[0]!.length === 3 ? before.inputShapes[0]! : null;
}
