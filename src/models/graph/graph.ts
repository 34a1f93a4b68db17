import { type Activation, LOGITS_OF } from '../../recipe/activations.js';
import type { WeightInitializer } from '../../recipe/initializers.js';
import type { Loss } from '../../recipe/loss.js';
import type { ChannelOrder, Resize } from '../../recipe/pixels.js';

/** Extents without the batch: [H, W, C] for feature maps, [F] for vectors. */
export type Shape = readonly number[];

/** A weight of one layer, as Keras names and stores it. */
export interface WeightSpec {
  /** `kernel`, `bias`, `gamma`, ... */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: WeightInitializer;
  /** Inputs and outputs that share one value's scale, for initializers; absent where the shape tells. */
  readonly fans?: readonly [into: number, out: number];
  readonly trainable: boolean;
  /** Of the learning rate, the share that counts for it; 1 where absent. */
  readonly rate?: number;
  /** Whether weight decay applies: to kernels, not to biases. */
  readonly decay: boolean;
}

/** The window of the input that one output value sees: [height, width] in input pixels, and how far apart neighbours' windows start. */
export interface ReceptiveField {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
}

/** One layer in the graph, with everything that shape inference found out about it. */
export interface GraphNode<P = unknown, A extends Activation = Activation> {
  readonly name: string;
  /** One of the layer kinds, `conv2d`: see `LAYERS` in ../layers. */
  readonly kind: string;
  /** The layer's parameters from the config, checked and with defaults filled in. */
  readonly params: P;
  /** Names of the layers it reads; `input` is the image. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** The activation that the layer itself applies to its output. */
  readonly activation: A;
  readonly weights: readonly WeightSpec[];
  /** Whether training leaves it as it is: none of its weights is trained, and batch normalization uses its running values. */
  readonly frozen?: true;
  /** Multiply-accumulates of one image. */
  readonly macs: number;
  /** null from the first layer on that sees the whole input anyway (flatten, dense). */
  readonly receptiveField: ReceptiveField | null;
  /** What a reader should know: dropped rows and columns, ... */
  readonly notes: readonly string[];
}

/**
 * How bytes become the values that a network sees, channel by channel of the network: `value = byte * scale[c] + offset[c]`.
 * Which channel of a picture that is, `channelOrder` says.
 */
export interface PixelScaling {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** With `bgr` the network's first channel is a picture's last; `rgb` where absent. */
  readonly channelOrder?: ChannelOrder;
  /** How pictures are brought to the size of the input; where absent by the program's own rule. */
  readonly resize?: Resize;
}

/** An architecture with all sizes known, in an order in which every layer comes after its inputs. */
export interface Graph {
  readonly name: string;
  readonly title: string;
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  /** The channels of the output where it is none of class probabilities. */
  readonly classes: number;
  readonly pixels: PixelScaling;
  /** Whether its input is numbers as they are instead of bytes that `pixels` scales. */
  readonly takesNumbers?: true;
  readonly loss: Loss;
  /** The last one is the model's output. */
  readonly nodes: readonly GraphNode[];
  /**
   * Further classifiers on the way to the output, whose losses count in training with these weights (Szegedy et al. 2014,
   * section 5). Neither they nor the layers that lead only to them are there afterwards.
   */
  readonly auxiliaries: readonly { readonly node: string; readonly weight: number }[];
}

/** The name under which layers refer to the image itself. */
export const INPUT = 'input';

/** The graph's last layer: its output is the model's. */
export function outputNode(graph: Graph): GraphNode {
  return graph.nodes[graph.nodes.length - 1]!;
}

/** Whether the output is class probabilities; what names no number of classes may end in anything. */
export function isClassifier(graph: Graph): boolean {
  const { outputShape, activation } = outputNode(graph);
  return outputShape.length === 1 && LOGITS_OF[activation] !== undefined;
}

/** Every weight with its full name `layer/weight`, in graph order. */
export function weightsOf(
  graph: Graph,
): { readonly fullName: string; readonly node: GraphNode; readonly spec: WeightSpec }[] {
  return graph.nodes.flatMap((node) =>
    node.weights.map((spec) => ({ fullName: `${node.name}/${spec.name}`, node, spec })),
  );
}

/**
 * The same graph up to the logits: the closing softmax replaced by the identity, a closing softmin by the negative,
 * because training computes softmax and loss together, which is exact where probabilities round to 0.
 */
export function asLogits(graph: Graph): Graph {
  const heads = new Set([outputNode(graph).name, ...graph.auxiliaries.map(({ node }) => node)]);
  const nodes = graph.nodes.map((node) =>
    heads.has(node.name) ? { ...node, activation: LOGITS_OF[node.activation] ?? node.activation } : node,
  );
  return { ...graph, nodes };
}

/** The graph that is used after training: only what leads to the output. */
export function withoutAuxiliaries(graph: Graph): Graph {
  if (graph.auxiliaries.length === 0) return graph;
  const wanted = new Set([outputNode(graph).name]);
  for (const node of [...graph.nodes].reverse()) {
    if (wanted.has(node.name)) for (const input of node.inputs) wanted.add(input);
  }
  return { ...graph, nodes: graph.nodes.filter(({ name }) => wanted.has(name)), auxiliaries: [] };
}

/** The dropout layers with the shapes of the masks they need, in graph order. */
export function dropoutsOf(
  graph: Graph,
): { readonly name: string; readonly rate: number; readonly shape: Shape }[] {
  return graph.nodes
    .filter((node): node is GraphNode<{ rate: number }> => node.kind === 'dropout')
    .map((node) => ({ name: node.name, rate: node.params.rate, shape: node.outputShape }));
}
