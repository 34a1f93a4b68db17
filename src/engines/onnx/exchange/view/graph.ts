import type { Constant } from './tensors.js';

/**
 * One step of a network, whatever way a file spells it: a convolution has its padding and bias, reshapes and transposes are
 * gone (see `View`). Steps that compute the same of the same are one object.
 */
export interface Step {
  readonly kind: string;
  /** What has to be the same for two steps to compute the same; windows have normalized strides and pads. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly inputs: readonly View[];
  /** In an order that the kind sets: kernel, bias; scale, bias, mean, variance; ... */
  readonly constants: readonly Constant[];
  /** Extents [N, C, H, W] or [N, F]; null where they are not known. */
  readonly shape: readonly number[] | null;
  /** Added to the variance of a batch normalization. */
  readonly epsilon: number;
  /** A batch normalization that the file computes from the batch, as it is in training. */
  readonly isTraining: boolean;
  /** dense: whether the kernel is stored as [O, F]. */
  readonly isTurned: boolean;
  /** Whether no value can be below 0. */
  readonly isNonNegative: boolean;
  /** Vectors made of flattened maps side by side: those. */
  readonly pieces: readonly View[] | null;
  /** For messages: `Conv "features.0"`. */
  readonly title: string;
  /** The layer of ours that it belongs to; '' in a file of others. */
  readonly layer: string;
  /** Equal for steps that may compute the same, as far as biases, normalizations and values of weights do not tell. */
  readonly likeness: number;
}

/** A tensor: a step's output, its axes in some order and grouping. */
export interface View {
  readonly step: Step;
  /** null where they are not known. */
  readonly dims: readonly number[] | null;
  /** For each of `dims` the axes of the step's shape that it runs over, the outermost first; axes of extent 1 are left out. */
  readonly groups: readonly (readonly number[])[];
}

/** A network as a file computes it. */
export interface StepGraph {
  /** A tensor for each output of the file. */
  readonly outputs: readonly View[];
  /** Every step that an output needs, each after those it reads. */
  readonly steps: readonly Step[];
}

/** What a step is made of before it has its place in a graph. */
export type NewStep = Pick<Step, 'kind' | 'settings' | 'inputs' | 'constants' | 'shape'> &
  Partial<Pick<Step, 'epsilon' | 'isTraining' | 'isTurned' | 'isNonNegative' | 'pieces'>>;

/** Numbers for things that are the same, shared by the two graphs that are compared. */
export type Likenesses = Map<string, number>;

const IMAGE = 'input';
const ARITHMETIC = new Set(['Mul', 'Div', 'Add', 'Sub']);

/** Arithmetic of one tensor with a number, or one for each channel, as a file may scale its own input with. */
export const isArithmetic = ({ kind, settings, inputs, constants }: NewStep): boolean =>
  ARITHMETIC.has(kind) &&
  inputs.length === 1 &&
  constants.length === 1 &&
  !(kind === 'Div' && settings.isFirst === true) &&
  ['[]', '[[1]]'].includes(JSON.stringify(settings.over));

/** Makes steps, each only once. */
export class StepMaker {
  readonly steps: Step[] = [];
  readonly #known = new Map<string, Step>();
  readonly #places = new Map<Step, number>();
  readonly #likenesses: Likenesses;
  title = '';
  layer = '';

  constructor(likenesses: Likenesses) {
    this.#likenesses = likenesses;
  }

  make(step: NewStep): Step {
    const inputs = step.inputs.map(({ step: input, groups }) => [this.#places.get(input), groups]);
    const names = step.constants.map(({ name, dims }) => [name, dims]);
    const { kind, settings, epsilon = 0, isTurned = false } = step;
    const key = JSON.stringify([kind, settings, inputs, names, epsilon, isTurned]);
    const known = this.#known.get(key);
    if (known) return known;
    const made: Step = {
      isNonNegative: false,
      isTraining: false,
      pieces: null,
      ...step,
      epsilon,
      isTurned,
      title: this.title,
      layer: this.layer,
      likeness: this.#likenessOf(step),
    };
    this.#known.set(key, made);
    this.#places.set(made, this.steps.length);
    this.steps.push(made);
    return made;
  }

  #likenessOf(step: NewStep): number {
    const { kind, settings, inputs, constants } = step;
    const of = inputs.map(({ step }) => step.likeness);
    // Where a normalization was folded into a convolution it is not there.
    if (kind === 'batchNorm') return of[0]!;
    if (isArithmetic(step) && inputs[0]!.step.likeness === this.#likenesses.get(IMAGE)) return of[0]!;
    if (kind === 'add') of.sort((a, b) => a - b);
    const [kernel] = constants;
    const size = kernel ? kernel.dims.reduce((a, b) => a * b, 1) : 0;
    const key = kind === 'input' ? IMAGE : JSON.stringify([kind, normalized(settings), of, size]);
    const known = this.#likenesses.get(key) ?? this.#likenesses.size;
    this.#likenesses.set(key, known);
    return known;
  }
}

/** Settings in a form that is equal for equal ones: numbers as float32 has them, to six digits. */
export function normalized(value: unknown): unknown {
  if (typeof value === 'number') return Number(Math.fround(value).toPrecision(6));
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, normalized(entry)]));
}

export const isSame = (a: unknown, b: unknown): boolean =>
  JSON.stringify(normalized(a)) === JSON.stringify(normalized(b));
