import type { Activation } from '../../recipe/activations.js';
import type { GraphNode } from '../graph/graph.js';
import type { WindowGeometry } from '../graph/window.js';

/** The activations that ONNX Runtime's convolutions can apply by themselves. */
export type FusedActivation = 'relu' | 'tanh';

/** A value between operators, without the batch and channels first: [C, H, W] or [F]. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
}

/** The small set of operators that layers are lowered to, with their attributes. Weights are named `layer/weight`. */
export interface OperatorAttributes {
  conv2d: {
    readonly geometry: WindowGeometry;
    readonly filters: number;
    readonly kernel: string;
    readonly bias: string | null;
    /** Applied to the output, where planning has joined it with the convolution. */
    readonly activation?: FusedActivation;
  };
  /** A convolution whose kernel has [kh, kw] values for each pair of a filter and a channel that `connections` names, filter by filter. */
  partialConv2d: OperatorAttributes['conv2d'] & { readonly connections: readonly (readonly number[])[] };
  dense: { readonly units: number; readonly kernel: string; readonly bias: string | null };
  maxPool2d: { readonly geometry: WindowGeometry };
  averagePool2d: { readonly geometry: WindowGeometry };
  /** Rows and columns of one value, [top, left, bottom, right]. */
  pad2d: { readonly pads: readonly [number, number, number, number]; readonly value: number };
  flatten: object;
  add: object;
  /** Along the channels. */
  concat: object;
  /** The largest of every `size` neighbouring channels. */
  depthMaxPool: { readonly size: number; readonly stride: number };
  /** x / (bias + alpha * sum of the squares of 2 * radius + 1 neighbouring channels)^beta */
  lrn: { readonly radius: number; readonly alpha: number; readonly beta: number; readonly bias: number };
  /** A second input, where planning has joined a sum with it, is added to the result. */
  batchNorm: {
    readonly epsilon: number;
    readonly momentum: number;
    /** Whether training uses the running values, and leaves them as they are. */
    readonly frozen?: boolean;
    readonly gamma: string;
    readonly beta: string;
    readonly mean: string;
    readonly variance: string;
    /** As of a convolution. */
    readonly activation?: FusedActivation;
  };
  /** x * coefficient + bias, one pair a channel of a map. */
  channelScale: { readonly coefficient: string; readonly bias: string };
  /** Squared distances of a vector to `units` fixed centres. */
  rbf: { readonly units: number; readonly centres: string };
  activation: { readonly activation: Activation };
  /** `mask` names the dropout layer whose mask the batch brings; the identity outside training. */
  dropout: { readonly mask: string; readonly rate: number };
}

export type OperatorKind = keyof OperatorAttributes;

/** What a lowering calls: each operator takes values and attributes and gives a value. */
export type Operators = {
  readonly [K in OperatorKind]: (
    inputs: Value | readonly Value[],
    attributes: OperatorAttributes[K],
  ) => Value;
};

/** How a layer is expressed in operators. Its `activation` is not its business: the engine adds it. */
export type OnnxLowering<P> = (operators: Operators, node: GraphNode<P>, inputs: readonly Value[]) => Value;
