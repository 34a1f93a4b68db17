import { sizeOf } from '../../../../base/tensor.js';
import type { Step, View } from './graph.js';

/** A step's output as it is. */
export function viewOf(step: Step): View {
  return { step, dims: step.shape, groups: plainGroups(step.shape ?? []) };
}

/** Every axis by itself, those of extent 1 left out. */
export function plainGroups(shape: readonly number[]): number[][] {
  return shape.map((extent, axis) => (extent === 1 ? [] : [axis]));
}

/** Whether a tensor lies as its step has it: [N, C, H, W] or [N, F]. */
export function isPlain({ step, dims, groups }: View): boolean {
  return dims !== null && step.shape !== null && isEqual(groups, plainGroups(step.shape));
}

export const isEqual = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

export function transposedView(view: View, perm: readonly number[]): View | null {
  if (!view.dims || perm.toSorted((a, b) => a - b).join() !== view.dims.map((_, i) => i).join()) return null;
  const { dims, groups } = view;
  return { ...view, dims: perm.map((p) => dims[p]!), groups: perm.map((p) => groups[p]!) };
}

/** The same values in other extents; null where an axis would have to be taken apart. */
export function reshapedView(view: View, target: readonly number[]): View | null {
  const dims = view.dims && resolved(view.dims, target);
  const shape = view.step.shape;
  if (!dims || !shape) return null;
  const axes = view.groups.flat();
  const groups: number[][] = [];
  let next = 0;
  for (const extent of dims) {
    const group: number[] = [];
    for (let size = 1; size < extent; group.push(axes[next++]!)) {
      if (next === axes.length) return null;
      size *= shape[axes[next]!]!;
      if (size > extent) return null;
    }
    groups.push(group);
  }
  return next === axes.length ? { ...view, dims, groups } : null;
}

/** 0 stands for the extent that was there, -1 for what is left. */
function resolved(dims: readonly number[], target: readonly number[]): number[] | null {
  const copied = target.map((extent, i) => (extent === 0 ? (dims[i] ?? 0) : extent));
  const rest = sizeOf(dims) / copied.reduce((size, extent) => (extent === -1 ? size : size * extent), 1);
  const full = copied.map((extent) => (extent === -1 ? rest : extent));
  const fits = full.every((extent) => Number.isInteger(extent) && extent > 0);
  return fits && sizeOf(full) === sizeOf(dims) ? full : null;
}

/** Some of the dims gone, or with extent 1. */
export function reducedView(
  { step }: { readonly step: Step },
  view: View,
  axes: readonly number[],
  keepsDims: boolean,
): View {
  const left = view.dims!.map((extent, i) => ({
    extent: axes.includes(i) ? 1 : extent,
    group: axes.includes(i) ? [] : view.groups[i]!,
    stays: keepsDims || !axes.includes(i),
  }));
  const kept = left.filter(({ stays }) => stays);
  return { step, dims: kept.map(({ extent }) => extent), groups: kept.map(({ group }) => group) };
}

/** Counted from the end where they are negative. */
export function axesOf(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/**
 * For each entry of a vector [N, F] its number in an order that does not depend on how maps were flattened: channels, rows,
 * columns. undefined where that is the order it has.
 */
export function featureNumbers({ step, groups }: View): Int32Array | undefined {
  const group = groups[1] ?? [];
  if (step.pieces) return joinedNumbers(step.pieces);
  if (group.every((axis, i) => i === 0 || group[i - 1]! < axis)) return undefined;
  const extents = group.map((axis) => step.shape![axis]!);
  const strides = group.map((axis) =>
    sizeOf(group.filter((other) => other > axis).map((other) => step.shape![other]!)),
  );
  return Int32Array.from({ length: sizeOf(extents) }, (_, place) => {
    let number = 0;
    for (let i = extents.length - 1, rest = place; i >= 0; i--) {
      number += (rest % extents[i]!) * strides[i]!;
      rest = Math.floor(rest / extents[i]!);
    }
    return number;
  });
}

function joinedNumbers(pieces: readonly View[]): Int32Array {
  let offset = 0;
  const numbers: number[] = [];
  for (const piece of pieces) {
    const own = featureNumbers(piece);
    const count = piece.dims![1]!;
    for (let i = 0; i < count; i++) numbers.push(offset + (own ? own[i]! : i));
    offset += count;
  }
  return Int32Array.from(numbers);
}
