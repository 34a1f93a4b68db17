import type { Tensor, Tensors } from '../../../base/tensor.js';
import { type Graph, weightsOf } from '../../../models/graph/graph.js';
import type { ProgramState } from '../../engine.js';
import { type StateName, type SumName, stateName, sumName, WEIGHTS } from './names.js';
import { type Group, packGroup, unpackGroup } from './parameters.js';
import type { TrainingStep } from './training-step.js';

/** A tensor that a program keeps for a group: its weights or, where it is trained, a slot of the optimizer. */
interface StateTensor {
  readonly name: StateName;
  /** `WEIGHTS`, or the name of the slot. */
  readonly kind: string;
  /** The group's place among the groups. */
  readonly at: number;
  readonly group: Group;
}

/** What a group keeps: weights first, then slots. */
export function kindsOf(group: Group, slots: readonly string[]): readonly string[] {
  return group.trainable ? [WEIGHTS, ...slots] : [WEIGHTS];
}

/** All of the state, group by group. */
export function stateTensors({ groups, slots }: Pick<TrainingStep, 'groups' | 'slots'>): StateTensor[] {
  return groups.flatMap((group, at) =>
    kindsOf(group, slots).map((kind) => ({ name: stateName(kind, at), kind, at, group })),
  );
}

/** The sums of gradients, one for each group that is trained. */
export function sumTensors(groups: readonly Group[]): { readonly name: SumName; readonly group: Group }[] {
  return groups.flatMap((group, at) => (group.trainable ? [{ name: sumName(at), group }] : []));
}

/** The values of a state's tensor in a program's order; they may be the very array that was given. @throws WorkError */
export function packTensor(
  { kind, group }: StateTensor,
  { weights, slots }: Pick<ProgramState, 'weights' | 'slots'>,
): Float32Array {
  if (kind === WEIGHTS) return packGroup(group, weights);
  // A state without slots is one before the first step: they begin as zeros.
  return slots.size === 0 ? new Float32Array(group.size) : packGroup(group, slots, `/${kind}`);
}

/** The inverse: weights and slots as Keras has them, from the values of each tensor. */
export function unpackState(
  graph: Graph,
  tensors: readonly StateTensor[],
  valuesOf: (name: StateName) => Float32Array,
): { readonly weights: Tensors; readonly slots: Tensors } {
  const shapes = new Map(weightsOf(graph).map(({ fullName, spec }) => [fullName, spec.shape]));
  const weights = new Map<string, Tensor>();
  const slots = new Map<string, Tensor>();
  // All weights, then one slot after the other.
  for (const wanted of new Set(tensors.map(({ kind }) => kind))) {
    const [into, suffix] = wanted === WEIGHTS ? [weights, ''] : [slots, `/${wanted}`];
    for (const { name, kind, group } of tensors) {
      if (kind === wanted) unpackGroup(group, valuesOf(name), shapes, into, suffix);
    }
  }
  return { weights, slots };
}
