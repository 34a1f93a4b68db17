import type { SymbolicTensor, layers as tfLayers } from '@tensorflow/tfjs-layers';
import type { CustomLayers } from '../../engines/tensorflow/custom-layers.js';
import type { LenetLayers } from '../../engines/tensorflow/lenet-layers.js';
import type { Activation } from '../../recipe/activations.js';
import type { GraphNode } from '../graph/graph.js';
import type { Padding, WindowGeometry } from '../graph/window.js';

/** Anything of tfjs-layers that can be applied to a symbolic tensor. */
export interface ApplicableLayer {
  apply(inputs: SymbolicTensor | SymbolicTensor[]): unknown;
}

export interface PoolingArguments {
  readonly name: string;
  readonly poolSize: [number, number];
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
}

export interface DepthMaxPoolArguments {
  readonly name: string;
  readonly size: number;
  readonly stride: number;
}

export interface LrnArguments {
  readonly name: string;
  readonly depthRadius: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
}

/** What a layer's lowering may use to express itself in TensorFlow.js. */
export interface TensorflowContext {
  readonly layers: typeof tfLayers;
  /** Layers that TensorFlow.js lacks. They apply no activation. */
  readonly own: LenetLayers & Pick<CustomLayers, 'ConstantPadding2D'>;
  /** Applies a layer to symbolic inputs. */
  apply(layer: ApplicableLayer, inputs: SymbolicTensor | SymbolicTensor[]): SymbolicTensor;
  /** The node's activation, for layers that do not apply it themselves. */
  activated(
    node: { readonly name: string; readonly activation: OwnActivation },
    output: SymbolicTensor,
  ): SymbolicTensor;
  /**
   * TensorFlow.js pads by 'valid' and 'same' only: padding given as a number becomes a layer of its own, filled
   * with zeros or with the lowest number (which never wins a max pool).
   */
  padded(
    name: string,
    input: SymbolicTensor,
    padding: Padding,
    fill: 'zero' | 'lowest',
  ): { input: SymbolicTensor; padding: 'valid' | 'same' };
  /** The mean of each window's real values, with any padding. */
  averagePool(pooling: PoolingArguments, geometry: WindowGeometry, input: SymbolicTensor): SymbolicTensor;
  /** The largest of every `size` neighbouring channels. */
  depthMaxPool(args: DepthMaxPoolArguments, input: SymbolicTensor): SymbolicTensor;
  /** tf.localResponseNormalization as a layer. */
  localResponseNormalization(args: LrnArguments, input: SymbolicTensor): SymbolicTensor;
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
