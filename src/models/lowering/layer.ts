import type * as z from 'zod';
import type { Activation } from '../../recipe/activations.js';
import type { Shape, WeightSpec } from '../graph/graph.js';
import type { WindowGeometry } from '../graph/window.js';
import type { Arithmetic, LayerNumbers } from './arithmetic.js';
import type { OnnxLowering } from './onnx.js';
import type { TensorflowLowering } from './tensorflow.js';
import type { TorchLowering } from './torch.js';

/** How far a window reaches and moves, [height, width]: what receptive fields are computed from. */
export interface Window {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
}

/**
 * Everything there is to know of a layer kind. All functions are pure; `inputs` are shapes without the batch,
 * [H, W, C] or [F]; they throw ShapeError where the inputs do not fit.
 */
export interface LayerDef<S extends z.ZodObject = z.ZodObject> {
  /** The class name in Keras (`MaxPooling2D`). */
  readonly keras: string;
  /** What the layer does, in a sentence, for the config reference and editors. */
  readonly description: string;
  readonly schema: S;
  /** The parameter that a bare value means: `dropout: 0.5` is `dropout: { rate: 0.5 }`. */
  readonly shorthand?: keyof z.output<S> & string;
  /** Whether it takes several inputs. */
  readonly merges?: boolean;
  outputShape(params: z.output<S>, inputs: readonly Shape[]): Shape;
  activation?(params: z.output<S>): Activation;
  weights?(params: z.output<S>, inputs: readonly Shape[]): readonly WeightSpec[];
  /** Multiply-accumulates of one image; 0 where absent. */
  macs?(params: z.output<S>, inputs: readonly Shape[], output: Shape): number;
  /** For layers that look at their input through a window; 'whole' for those that see all of it. Absent: each value by itself. */
  window?(params: z.output<S>, inputs: readonly Shape[]): Window | 'whole';
  notes?(params: z.output<S>, inputs: readonly Shape[]): readonly string[];
  /** The arithmetic with its numbers filled in, a line a figure, for learners. */
  explain?(params: z.output<S>, inputs: readonly Shape[], output: Shape): readonly string[];
  /** Where its window goes, for layers that slide one over their input. */
  geometry?(params: z.output<S>, inputs: readonly Shape[]): WindowGeometry;
  /**
   * How the value at a place of the output comes about, before the activation: the layer's formula, apart from any engine.
   * @param place [row, column, channel], or [place] of a vector; it lies within the output
   */
  arithmetic(params: z.output<S>, place: readonly number[], numbers: LayerNumbers): Arithmetic;
  /** How gradients g of the output go back, as a formula, where the layer is neither a weighted sum nor a maximum. */
  readonly wayBack?: string;
  readonly onnx: OnnxLowering<z.output<S>>;
  /**
   * No part of the library's types, as those of TensorFlow.js do not hold where a program has all types checked.
   * @internal
   */
  readonly tensorflow: TensorflowLowering<z.output<S>>;
  /** How it reads in Python, for exports that people read. */
  readonly torch: TorchLowering<z.output<S>>;
}

/** Defines a layer; only there to infer `S` from `schema`. */
export function defineLayer<S extends z.ZodObject>(def: LayerDef<S>): LayerDef<S> {
  return def;
}
