import type { SymbolicTensor, layers as tfLayers } from '@tensorflow/tfjs-layers';
import type { Activation } from '../../recipe/activations.js';
import type { GraphNode } from '../graph/graph.js';
import type { Padding, WindowGeometry } from '../graph/window.js';

/** Anything of tfjs-layers that can be applied to a symbolic tensor. */
interface ApplicableLayer {
  apply(inputs: SymbolicTensor | SymbolicTensor[]): unknown;
}

export interface PoolingArguments {
  readonly name: string;
  readonly poolSize: [number, number];
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
}

export interface DepthMaxPoolArguments {
  readonly size: number;
  readonly stride: number;
}

export interface LrnArguments {
  readonly depthRadius: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
}

/** A class of layers, made for one copy of TensorFlow.js. */
export type LayerClass<A> = new (args: { name: string } & A) => tfLayers.Layer;

/** Rows and columns of padding: [top, left, bottom, right]. */
export type Pads = readonly [number, number, number, number];

export interface AveragePoolArguments {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: Pads;
}

/** Layers that TensorFlow.js lacks; all registered, so that saved models that use them load again. */
export interface CustomLayers {
  /** [N, H, W, C] to [N, top + H + bottom, left + W + right, C], filled with a value. */
  readonly ConstantPadding2D: LayerClass<{ pads: Pads; value: number }>;
  /** The mean of each window's real values: [N, H, W, C] to [N, oh, ow, C]. */
  readonly RealAveragePooling2D: LayerClass<AveragePoolArguments>;
  /** Of [x, mask], both [N, ...]: x * mask / (1 - rate) in training, x otherwise. */
  readonly MaskedDropout: LayerClass<{ rate: number }>;
}

/** Layers across channels that TensorFlow.js lacks; registered, so that saved models that use them load again. */
export interface ChannelLayers {
  /** The largest of neighbouring channels: [N, H, W, C] to [N, H, W, windows]. */
  readonly DepthMaxPooling: LayerClass<DepthMaxPoolArguments>;
  /** tf.localResponseNormalization: [N, H, W, C] to the same. */
  readonly LocalResponseNormalization: LayerClass<LrnArguments>;
}

export interface PartialConvArguments {
  /** One list a filter: the channels that it sees. */
  readonly connections: readonly (readonly number[])[];
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'valid' | 'same';
  readonly useBias: boolean;
}

/** The layers of LeNet-5 as it was in 1998; registered, so that saved models that use them load again. */
export interface LenetLayers {
  /** x * coefficient + bias, one pair a channel: [N, H, W, C] to the same. */
  readonly ChannelScale: LayerClass<object>;
  /** Convolution with a connection table: [N, H, W, C] to [N, oh, ow, filters]; kernel [kh, kw, pairs]. */
  readonly PartialConv2D: LayerClass<PartialConvArguments>;
  /** Squared distances to fixed centres: [N, F] to [N, units]; centres [F, units]. */
  readonly EuclideanRBF: LayerClass<{ readonly units: number }>;
}

/** What a layer's lowering may use to express itself in TensorFlow.js. */
export interface TensorflowContext {
  readonly layers: typeof tfLayers;
  /** Layers that TensorFlow.js lacks. They apply no activation. */
  readonly own: CustomLayers & ChannelLayers & LenetLayers;
  /** Applies a layer to symbolic inputs. */
  apply(layer: ApplicableLayer, inputs: SymbolicTensor | SymbolicTensor[]): SymbolicTensor;
  /** The node's activation, for layers that do not apply it themselves. */
  activated(
    node: { readonly name: string; readonly activation: OwnActivation },
    output: SymbolicTensor,
  ): SymbolicTensor;
  /**
   * TensorFlow.js pads by 'valid' and 'same' only: padding given by numbers becomes a layer of its own, filled
   * with zeros or with the lowest number (which never wins a max pool).
   */
  padded(
    name: string,
    input: SymbolicTensor,
    padding: Padding | Pads,
    fill: 'zero' | 'lowest',
  ): { input: SymbolicTensor; padding: 'valid' | 'same' };
  /** The mean of each window's real values, with any padding. */
  averagePool(pooling: PoolingArguments, geometry: WindowGeometry, input: SymbolicTensor): SymbolicTensor;
  /** A layer that computes as outside training, whatever the model does. */
  inInference(layer: tfLayers.Layer): tfLayers.Layer;
  /** Dropout whose mask the batch brings; the identity outside training. */
  dropout(node: GraphNode<{ rate: number }>, input: SymbolicTensor): SymbolicTensor;
}

/** The activations that TensorFlow.js's layers know by these names. */
export type OwnActivation = Exclude<Activation, 'scaledTanh' | 'softmin' | 'negative'>;

/**
 * How a layer is expressed as TensorFlow.js layers; the one that carries the weights must be named `node.name`. Of the
 * activations it has those to apply that TensorFlow.js knows; for the others it is given `linear`, and the engine adds them.
 */
export type TensorflowLowering<P> = (
  context: TensorflowContext,
  node: GraphNode<P, OwnActivation>,
  inputs: readonly SymbolicTensor[],
) => SymbolicTensor;
