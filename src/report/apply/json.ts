import type { Tensor } from '../../base/tensor.js';
import { LAYERS, type LayerKind } from '../../models/layers/index.js';
import type { Explained } from '../../tasks/apply/apply.js';
import { renderJson } from '../json.js';

/** The shortest decimal number that is this float32: 0.1 and not 0.10000000149011612. */
export function exact(value: number): number {
  for (let figures = 6; figures < 9; figures++) {
    const short = Number(value.toPrecision(figures));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

type Nested = number | null | readonly Nested[];

/** Values as lists in lists: [H][W][C]. */
function nested({ shape, data }: Tensor): Nested {
  const build = (axis: number, offset: number, size: number): Nested => {
    if (axis === shape.length) {
      const value = data[offset]!;
      return Number.isFinite(value) ? exact(value) : null;
    }
    const extent = shape[axis]!;
    const step = size / extent;
    return Array.from({ length: extent }, (_, i) => build(axis + 1, offset + i * step, step));
  };
  return build(0, 0, data.length);
}

/** A batch as the reader gave it: one image is [H][W][C], several are [N][H][W][C]. */
function asGiven({ shape, data }: Tensor, isBatch: boolean): Tensor {
  return isBatch ? { shape, data } : { shape: shape.slice(1), data };
}

function withValues(tensor: Tensor): { shape: readonly number[]; values: Nested } {
  return { shape: tensor.shape, values: nested(tensor) };
}

/** What a script reads: see docs/apply.md. */
export function appliedJson(applied: Explained): string {
  const { isBatch, at, windows, unfolded, gradient, shifts } = applied;
  return renderJson({
    input: withValues(asGiven(applied.input, isBatch)),
    layers: applied.layers.map(({ node, output, weights }) => ({
      name: node.name,
      type: LAYERS[node.kind as LayerKind].keras,
      outputShape: node.outputShape,
      values: nested(asGiven(output, isBatch)),
      weights: Object.fromEntries([...weights].map(([name, weight]) => [name, withValues(weight)])),
    })),
    at: at && {
      layer: at.layer,
      place: at.place,
      rule: at.rule,
      terms: at.terms.map(({ input, weight }) => [exact(input), weight]),
      text: at.text,
      value: at.value,
    },
    unfolded: unfolded && {
      layer: unfolded.layer,
      ...withValues(unfolded.matrix),
      kernelShape: unfolded.kernel?.shape ?? null,
      productShape: unfolded.product,
      growth: unfolded.growth,
    },
    gradient: gradient && {
      input: nested(asGiven(gradient.input, isBatch)),
      weights: Object.fromEntries([...gradient.weights].map(([name, weight]) => [name, nested(weight)])),
      given: nested(asGiven(gradient.given, isBatch)),
      ways: gradient.ways,
    },
    ...(windows && {
      windows: {
        layer: windows.layer,
        size: windows.geometry.size,
        strides: windows.geometry.strides,
        pads: windows.geometry.pads,
        positions: windows.positions,
      },
    }),
    ...(shifts && { shifts: shifts.shifts }),
  });
}
