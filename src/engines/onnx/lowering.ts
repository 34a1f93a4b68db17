import type { Activation } from '../../models/activations.js';
import type { GraphNode } from '../../models/graph.js';
import type { WindowGeometry } from '../../models/window.js';

/**
 * A value between operators, without the batch and channels first: [C, H, W] or [F].
 * `map` is the [C, H, W] behind a vector that a flatten made: a dense layer's weights need to know it.
 */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly map?: readonly [number, number, number];
}

/** The small set of operators that layers are lowered to. Weights are named `layer/weight`. */
export interface Operators {
  conv2d(
    x: Value,
    attributes: { geometry: WindowGeometry; filters: number; kernel: string; bias: string | null },
  ): Value;
  dense(x: Value, attributes: { units: number; kernel: string; bias: string | null }): Value;
  maxPool2d(x: Value, attributes: { geometry: WindowGeometry }): Value;
  averagePool2d(x: Value, attributes: { geometry: WindowGeometry }): Value;
  /** `pads`: rows and columns of zeros, [top, left, bottom, right]. */
  pad2d(x: Value, attributes: { pads: readonly [number, number, number, number] }): Value;
  flatten(x: Value): Value;
  activation(x: Value, attributes: { activation: Activation }): Value;
  /** `mask` names the dropout layer whose mask the batch brings; the identity outside training. */
  dropout(x: Value, attributes: { mask: string; rate: number }): Value;
}

/** How a layer is expressed in operators. Its `activation` is not its business: the engine adds it. */
export type OnnxLowering<P> = (operators: Operators, node: GraphNode<P>, inputs: readonly Value[]) => Value;
