import type { Applied, AppliedLayer } from './applied.js';
import { numbersOf } from './applied.js';
import { arithmeticAt, type ValueArithmetic } from './at.js';

/** How many values a layer gives of one image: a step each. */
export function stepCount({ node }: AppliedLayer): number {
  return node.outputShape.reduce((product, extent) => product * extent, 1);
}

/** The place of a step: channel by channel, each row by row. */
export function placeOfStep({ node: { outputShape } }: AppliedLayer, step: number): number[] {
  if (outputShape.length === 1) return [step];
  const [height, width] = outputShape as [number, number, number];
  const inChannel = step % (height * width);
  return [Math.floor(inChannel / width), inChannel % width, Math.floor(step / (height * width))];
}

/** How the first image's value of a step comes about. */
export function stepAt(applied: Applied, layer: AppliedLayer, step: number): ValueArithmetic {
  return arithmeticAt(layer.node, placeOfStep(layer, step), numbersOf(applied, layer, 0));
}

/** Where the screen stands: a layer by its number, and a step of it. */
export interface StepPosition {
  readonly layer: number;
  readonly step: number;
}

export type StepMove =
  | 'next'
  | 'previous'
  | 'down'
  | 'up'
  | 'first'
  | 'last'
  | 'nextLayer'
  | 'previousLayer'
  | 'nextChannel'
  | 'previousChannel';

/** The position after a key; at either end it stays. */
export function moved({ layers }: Applied, { layer, step }: StepPosition, move: StepMove): StepPosition {
  if (move === 'nextLayer' || move === 'previousLayer') {
    const count = layers.length;
    return { layer: (layer + (move === 'nextLayer' ? 1 : count - 1)) % count, step: 0 };
  }
  const [height, width] =
    layers[layer]!.node.outputShape.length === 3 ? layers[layer]!.node.outputShape : [1, 1];
  const last = stepCount(layers[layer]!) - 1;
  const by = {
    next: 1,
    previous: -1,
    down: width!,
    up: -width!,
    nextChannel: height! * width!,
    previousChannel: -height! * width!,
    first: -last,
    last,
  };
  return { layer, step: Math.max(0, Math.min(last, step + by[move])) };
}
