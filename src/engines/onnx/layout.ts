import { sizeOf } from '../../tensor.js';
import type { WeightLayout } from './operators/operator.js';

/** The extents of a weight inside the engine. */
export function packedDims({ from, perm }: WeightLayout): number[] {
  return perm.map((p) => from[p]!);
}

/** A weight as Keras stores it, rearranged for the engine, written to `out`. */
export function pack(layout: WeightLayout, data: Float32Array, out: Float32Array): void {
  forEachPair(layout, (stored, packed) => {
    out[packed] = data[stored]!;
  });
}

/** The inverse of `pack`: a new array in Keras's order. */
export function unpack(layout: WeightLayout, packed: Float32Array): Float32Array {
  const data = new Float32Array(sizeOf(layout.from));
  forEachPair(layout, (stored, at) => {
    data[stored] = packed[at]!;
  });
  return data;
}

/** Calls `visit` with the index as stored and the index as packed of every value. */
function forEachPair({ from, perm }: WeightLayout, visit: (stored: number, packed: number) => void): void {
  const strides = from.map((_, axis) => sizeOf(from.slice(axis + 1)));
  const extents = perm.map((p) => from[p]!);
  const steps = perm.map((p) => strides[p]!);
  const inner = extents.length - 1;
  const counter = extents.map(() => 0);
  const total = sizeOf(from);
  let base = 0;
  for (let packed = 0; packed < total; ) {
    for (let i = 0; i < extents[inner]!; i++) visit(base + i * steps[inner]!, packed++);
    for (let axis = inner - 1; axis >= 0; axis--) {
      base += steps[axis]!;
      if (++counter[axis]! < extents[axis]!) break;
      base -= extents[axis]! * steps[axis]!;
      counter[axis] = 0;
    }
  }
}
