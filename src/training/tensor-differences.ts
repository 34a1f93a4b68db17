import type { Tensor, Tensors } from '../base/tensor.js';

/** How far two tensors of one name are apart. */
export interface TensorDifference {
  readonly name: string;
  readonly shape: readonly number[];
  /** Values whose bits are not the same. */
  readonly differing: number;
  readonly maxDifference: number;
}

/** Compares tensors that both sides have, of the same shapes, value by value. */
export function tensorDifferences(
  names: readonly string[],
  before: Tensors,
  after: Tensors,
): TensorDifference[] {
  return names.map((name) => {
    const tensor = before.get(name)!;
    return { name, shape: tensor.shape, ...differenceOf(tensor, after.get(name)!) };
  });
}

function differenceOf(
  { data }: Tensor,
  other: Tensor,
): Pick<TensorDifference, 'differing' | 'maxDifference'> {
  const [one, two] = [bitsOf(data), bitsOf(other.data)];
  let [differing, maxDifference] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    if (one[i] === two[i]) continue;
    differing++;
    const difference = Math.abs(data[i]! - other.data[i]!);
    // What is no number is as far from all others as can be.
    maxDifference = Math.max(maxDifference, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return { differing, maxDifference };
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
