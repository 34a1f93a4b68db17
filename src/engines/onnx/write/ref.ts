import type { DataType } from './proto.js';

/** A tensor in a program: its name in the ONNX graph and its extents, all known when the program is written. */
export interface Ref {
  readonly name: string;
  readonly dims: readonly number[];
  /** Where a cast made it: what it is by now. */
  readonly type?: DataType;
}

/** The extents of what an operator gives that takes its inputs value by value: extents of 1 are repeated, as in NumPy. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1),
  );
}

/** The extents that are left of `dims` when `axes` have been summed over, or the like: these stay with extent 1 or go. */
export function reduced(dims: readonly number[], axes: readonly number[], keepdims: boolean): number[] {
  return keepdims ? dims.map((d, i) => (axes.includes(i) ? 1 : d)) : dims.filter((_, i) => !axes.includes(i));
}
