import { sizeOf } from '../../../base/tensor.js';
import type { WeightLayout } from '../operators/contract/operator.js';

/** An axis of a weight as it is packed: how far apart its entries are stored, and which stored axis it is part of. */
interface PackedAxis {
  readonly extent: number;
  readonly stride: number;
  readonly of: number;
  /** Entries of the stored axis that one step passes. */
  readonly step: number;
}

/** The extents of a weight inside the engine. */
export function packedDims(layout: WeightLayout): number[] {
  return packedAxes(layout).map(({ extent }) => extent);
}

/** A weight as Keras stores it, rearranged for the engine: the same array where nothing is to be done. */
export function pack(layout: WeightLayout, data: Float32Array): Float32Array {
  if (isAsStored(layout)) return data;
  const packed = new Float32Array(sizeOf(packedDims(layout)));
  packInto(layout, data, packed);
  return packed;
}

/** Whether a weight lies in the engine as Keras has it. */
export function isAsStored({ from, padded = from, perm }: WeightLayout): boolean {
  return perm.every((p, i) => p === i) && padded.every((extent, i) => extent === from[i]);
}

/** The same, written to `out`, which holds zeros. */
export function packInto(layout: WeightLayout, data: Float32Array, out: Float32Array): void {
  forEachRun(layout, (stored, stride, packed, length) => {
    if (stride === 1) out.set(data.subarray(stored, stored + length), packed);
    else for (let i = 0; i < length; i++) out[packed + i] = data[stored + i * stride]!;
  });
}

/** The inverse of `pack`: a new array in Keras's order. */
export function unpack(layout: WeightLayout, packed: Float32Array): Float32Array {
  const data = new Float32Array(sizeOf(layout.from));
  forEachRun(layout, (stored, stride, at, length) => {
    if (stride === 1) data.set(packed.subarray(at, at + length), stored);
    else for (let i = 0; i < length; i++) data[stored + i * stride] = packed[at + i]!;
  });
  return data;
}

function packedAxes({ from, padded = from, split, perm }: WeightLayout): PackedAxis[] {
  const axes = from.flatMap((_, of) => {
    const extents = split?.[of] ?? [padded[of]!];
    const stride = sizeOf(from.slice(of + 1));
    return extents.map((extent, i) => {
      const step = sizeOf(extents.slice(i + 1));
      return { extent, stride: stride * step, of, step };
    });
  });
  return perm.map((p) => axes[p]!);
}

/** Visits the values of a weight along its innermost packed axis, leaving out what only fills up. */
function forEachRun(
  layout: WeightLayout,
  visit: (stored: number, stride: number, packed: number, length: number) => void,
): void {
  const axes = packedAxes(layout);
  const inner = axes.pop()!;
  // Where along each stored axis the current run begins.
  const at = layout.from.map(() => 0);
  const counter = axes.map(() => 0);
  const runs = sizeOf(axes.map(({ extent }) => extent));
  let stored = 0;
  for (let run = 0; run < runs; run++) {
    const inside = at.every((place, axis) => axis === inner.of || place < layout.from[axis]!);
    const left = Math.ceil((layout.from[inner.of]! - at[inner.of]!) / inner.step);
    if (inside && left > 0) visit(stored, inner.stride, run * inner.extent, Math.min(inner.extent, left));
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { extent, stride, of, step } = axes[axis]!;
      stored += stride;
      at[of]! += step;
      if (++counter[axis]! < extent) break;
      stored -= extent * stride;
      at[of]! -= extent * step;
      counter[axis] = 0;
    }
  }
}
