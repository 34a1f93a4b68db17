/** A dense array of float32 values in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by name: `layer/kernel`, `layer/bias`, ... Kernels as Keras stores them: conv [kh, kw, in, out], dense [in, out]. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** The same values in memory of their own. */
export function copyOf(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}

/** The number of values in a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The place of the value that stands at `index` in memory: [row, column, channel] in a shape [H, W, C]. */
export function placeOf(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const extent of shape.toReversed()) {
    place.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return place;
}

/** The first value that is no finite number; undefined where all are. */
export function notFinite(tensors: Tensors): { readonly name: string; readonly value: number } | undefined {
  for (const [name, { data }] of tensors) {
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return { name, value: data[i]! };
  }
  return undefined;
}
