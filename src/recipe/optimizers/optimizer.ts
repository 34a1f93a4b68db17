import type * as z from 'zod';

/** Element-wise arithmetic of an engine, so that an update rule is written once and runs on all of them. */
export interface Arithmetic<T> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  sqrt(a: T): T;
  /** a + factor * b, with a factor of no dimensions. On some engines it takes the memory of a value `a` that nobody else reads. */
  addScaled(a: T, b: T, factor: T): T;
  /** A number as a tensor of no dimensions. */
  constant(value: number): T;
}

interface UpdateInputs<T> {
  readonly weight: T;
  /** Of the loss, weight decay included. */
  readonly gradient: T;
  /** One a slot, in the order of `slots`. */
  readonly slots: readonly T[];
  /** What `stepSize` gave for this step, a tensor of no dimensions. */
  readonly stepSize: T;
}

/** One optimizer: its settings, the tensors it keeps a weight, and its update rule. */
export interface Optimizer<S extends z.ZodType> {
  readonly schema: S;
  /** Names of the tensors it keeps for each weight, all as large as the weight and 0 at first. */
  slots(settings: z.output<S>): readonly string[];
  /** The learning rate with everything folded in that depends on the step number (1 for the first) alone. */
  stepSize(settings: z.output<S>, learningRate: number, step: number): number;
  update<T>(math: Arithmetic<T>, settings: z.output<S>, inputs: UpdateInputs<T>): { weight: T; slots: T[] };
}
