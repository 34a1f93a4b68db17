import type { OperatorAttributes, OperatorKind, Value } from '../lowering.js';
import type { GraphWriter, Ref } from '../writer.js';

/** What an operator may use while it writes itself into a program. */
export interface Emission {
  readonly g: GraphWriter;
  /** Images a step. */
  readonly batch: number;
  /** A weight in the engine's layout (see `weights`). */
  weight(name: string): Ref;
  /** The share of each image in means over the images of a step, or of a micro-batch, [N]: 1 / count, or 0 for padding. */
  readonly imageShare: Ref;
  /** The keep mask of a dropout layer, uint8, [N, ...shape] with the channels last. */
  mask(name: string): Ref;
}

/** What the forward pass gave, and how to go back: from the gradient of the output to those of the inputs and weights. */
export interface Emitted {
  readonly output: Ref;
  /** New values of weights that are not trained but follow the data, such as running means. */
  readonly updates?: ReadonlyMap<string, Ref>;
  /** Gradients of inputs nobody needs are null. */
  backward(gradient: Ref): {
    readonly inputs: readonly (Ref | null)[];
    readonly weights: ReadonlyMap<string, Ref>;
  };
}

/** A weight's layout inside the engine: Keras's array seen as `from` and transposed by `perm`. */
export interface WeightLayout {
  readonly name: string;
  readonly from: readonly number[];
  readonly perm: readonly number[];
}

/** One operator: its output's shape, its weights' layouts, and its two formulations. */
export interface Operator<K extends OperatorKind> {
  shape(
    inputs: readonly Value[],
    attributes: OperatorAttributes[K],
  ): { shape: readonly number[]; map?: readonly number[] };
  weights?(inputs: readonly Value[], attributes: OperatorAttributes[K]): readonly WeightLayout[];
  /** Inference in ONNX's plain layout: values are [N, C, H, W] or [N, F]. */
  plain(
    e: Emission,
    attributes: OperatorAttributes[K],
    inputs: readonly Ref[],
    values: readonly Value[],
  ): Ref;
  /**
   * Training with the batch innermost: values are [C, H, W, N] or [F, N] (in any extents of the same order, so that
   * reshapes are free). `needed[i]` tells whether the gradient of input i is wanted.
   */
  train(
    e: Emission,
    attributes: OperatorAttributes[K],
    inputs: readonly Ref[],
    values: readonly Value[],
    needed: readonly boolean[],
  ): Emitted;
}

/** A layout that keeps a weight as Keras has it. */
export function asStored(name: string, shape: readonly number[]): WeightLayout {
  return { name, from: shape, perm: shape.map((_, i) => i) };
}

export const NO_WEIGHTS: ReadonlyMap<string, Ref> = new Map();
