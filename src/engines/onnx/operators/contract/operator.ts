import type { OperatorAttributes, OperatorKind, Value } from '../../../../models/lowering/onnx.js';
import type { Formulation } from '../../../formulation.js';
import type { ProviderName } from '../../library/session.js';
import type { Blocks, MapLayout, MapView } from '../../write/map-layout.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';

/** What an operator may use while it writes itself into a program. */
export interface PlainEmission {
  readonly g: GraphWriter;
  /** Whether others will read the graph: operators are ONNX's own then, where something else may be faster here. */
  readonly forExport?: boolean;
  /** What will run the graph, where that is known: what it computes wrongly is written in another way. */
  readonly provider?: ProviderName;
  /** Images a step; in training with those that fill up the last block of images. */
  readonly batch: number;
  /** A weight in the engine's layout (see `weights`). */
  weight(name: string): Ref;
}

/** What formulations in blocks are chosen by, beside an operator's own extents. */
export interface Placing {
  readonly blocks: Blocks;
  /** Images a step, with those that fill up the last block. */
  readonly batch: number;
  /** The one of convolutions that is asked for; where absent the fastest one. */
  readonly formulation?: Formulation | undefined;
}

export interface Emission extends PlainEmission, Placing {
  readonly batch: number;
  /** How the operator's maps lie in memory: the layout that it was placed in. */
  readonly view: MapView;
  /** What each image counts for in means over a batch, [N]: 1 / count, or 0 for padding. */
  readonly imageShare: Ref;
  /** The keep mask of a dropout layer, uint8, [N, ...shape] with the channels last. */
  mask(name: string): Ref;
  /**
   * What is made of a weight: computed once before all runs where weights stay what they are, else in each run.
   * @param key sets apart different things that are made of one weight
   */
  once(weight: Ref, key: string, make: (g: GraphWriter, weight: Ref) => Ref): Ref;
}

/** What the forward pass gave, and how to go back: from the gradient of the output to those of the inputs and weights. */
export interface Emitted {
  readonly output: Ref;
  /** New values of weights that are not trained but follow the data, such as running means. */
  readonly updates?: ReadonlyMap<string, Ref>;
  /** Whether `backward` adds to its inputs' gradients what other readers of the inputs have given before. */
  readonly accumulates?: boolean;
  /**
   * Gradients of inputs nobody needs are null.
   * @param before for an operator that accumulates: for each input the sum so far, in its layout, or null
   */
  backward(
    gradient: Ref,
    before: readonly (Ref | null)[],
  ): {
    readonly inputs: readonly (Ref | null)[];
    readonly weights: ReadonlyMap<string, Ref>;
    /** Of weights whose gradient can be computed a few rows at a time: how. What nobody uses of either is left out. */
    readonly inRows?: ReadonlyMap<string, GradientInRows>;
  };
}

/** The gradient of a matrix in slices of so many rows each, one after the other. */
export type GradientInRows = (rows: readonly number[]) => readonly Ref[];

/**
 * A weight's layout inside the engine: Keras's array seen as `from`, filled up with zeros to `padded`, that seen as
 * `split` (every axis of `padded` as one axis or several), and its axes transposed by `perm`.
 */
export interface WeightLayout {
  readonly name: string;
  readonly from: readonly number[];
  /** The same as `from` where absent. */
  readonly padded?: readonly number[];
  /** One list of extents for each axis of `padded`; where absent every axis stays whole. */
  readonly split?: readonly (readonly number[])[];
  readonly perm: readonly number[];
}

/** Training with maps in blocks, for operators that can: see `MapLayout`. */
export interface BlockedForm<K extends OperatorKind> {
  /** What to say of the formulation beside that it is in blocks. */
  remark?(inputs: readonly Value[], attributes: OperatorAttributes[K], placing: Placing): string;
  /** Milliseconds that it is estimated to save in use beside ONNX Runtime's own way; negative where it takes longer. */
  savedMs?(inputs: readonly Value[], attributes: OperatorAttributes[K], placing: Placing): number;
  /** Whether it can and is the faster one for these attributes; `input` tells which inputs are the image itself. */
  suits(
    inputs: readonly Value[],
    attributes: OperatorAttributes[K],
    blocks: Blocks,
    isImage: readonly boolean[],
  ): boolean;
  /** Whether it follows the layout of its inputs instead of asking for one: it is as fast either way. */
  readonly follows?: boolean;
  /** The layout it wants its inputs in; `blocks` where absent. */
  inputLayout?(value: Value, blocks: Blocks): MapLayout;
  weights?(
    inputs: readonly Value[],
    attributes: OperatorAttributes[K],
    blocks: Blocks,
  ): readonly WeightLayout[];
  train(
    e: Emission,
    attributes: OperatorAttributes[K],
    inputs: readonly Ref[],
    values: readonly Value[],
    needed: readonly boolean[],
  ): Emitted;
  /** See `Operator`. */
  use?: BlockedForm<K>['train'];
}

/**
 * One operator: its output's shape, its weights' layouts, and its formulations. Shapes are those of one image, channels first:
 * [C, H, W] of a map, [F] of a vector. Operators throw nothing: layers have made sure that shapes and attributes fit.
 */
export interface Operator<K extends OperatorKind> {
  shape(inputs: readonly Value[], attributes: OperatorAttributes[K]): { shape: readonly number[] };
  weights?(inputs: readonly Value[], attributes: OperatorAttributes[K]): readonly WeightLayout[];
  /** Inference in ONNX's plain layout: values are [N, C, H, W] or [N, F]. */
  plain(
    e: PlainEmission,
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
  /** The same with values as in use, of operators that compute others in training; weights get no gradient. */
  use?: Operator<K>['train'];
  /** What to say of the formulation of `train` beside that the batch lies innermost; `needed` is as there. */
  remark?(
    inputs: readonly Value[],
    attributes: OperatorAttributes[K],
    batch: number,
    needed: readonly boolean[],
  ): string;
  /** Where absent, its inputs are laid out anew for `train`. */
  readonly blocked?: BlockedForm<K>;
}

/** Operators that see a map as rows of places of inner values write themselves the same in any layout. */
export function sameInBlocks<K extends OperatorKind>(
  train: Operator<K>['train'],
  suits: BlockedForm<K>['suits'] = () => true,
): BlockedForm<K> {
  return { suits, follows: true, train };
}

/** A layout that keeps a weight as Keras has it. */
export function asStored(name: string, shape: readonly number[]): WeightLayout {
  return { name, from: shape, perm: shape.map((_, i) => i) };
}

/** Up to so many images a step the formulations for few are faster. (At 16 they are level, at 64 half as fast.) */
export const FEW_IMAGES = 12;

export const NO_WEIGHTS: ReadonlyMap<string, Ref> = new Map();
