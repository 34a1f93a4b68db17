import type { Filtering } from '../../../../formulation.js';

/** A matrix by its rows. */
type Matrix = readonly (readonly number[])[];

/**
 * Winograd's minimal filtering F(m x m, 3 x 3): a tile of m x m outputs from t x t inputs, t = m + 2, by t x t products
 * instead of 9 m x m. Y = A'[(G g G') * (B'd B)]A, * value by value. Matrices act on tiles that are written as columns, so
 * that each is the Kronecker product of the one for rows with itself.
 * Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308.
 */
export interface Transforms {
  /** m */
  readonly outputs: number;
  /** t */
  readonly inputs: number;
  /** Of an input tile: [t * t, t * t]. */
  readonly input: Matrix;
  /** Of a kernel: [t * t, 9]. */
  readonly kernel: Matrix;
  /** From products to an output tile: [m * m, t * t]. */
  readonly output: Matrix;
  /** Which of the t * t products goes into every output with factor 1, and into nothing else: a bias is added there. */
  readonly even: number;
}

/** The points 0, 1, -1 and infinity. */
const F2 = transforms({
  input: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  kernel: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
});

/** The points 0, 1, -1, 2, -2 and infinity. */
const F4 = transforms({
  input: [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
  kernel: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
});

export const TRANSFORMS: Readonly<Record<Filtering, Transforms>> = { 'winograd-2x2': F2, 'winograd-4x4': F4 };

/** @param along the matrices for one axis: [t, t], [t, 3] and [m, t] */
function transforms(along: Pick<Transforms, 'input' | 'kernel' | 'output'>): Transforms {
  const inputs = along.input.length;
  return {
    outputs: along.output.length,
    inputs,
    input: kronecker(along.input),
    kernel: kronecker(along.kernel),
    output: kronecker(along.output),
    // The point 1: its powers are the outputs' factors.
    even: inputs + 1,
  };
}

/** The product of a matrix with itself: entry [i * r + k][j * c + l] is a[i][j] * a[k][l]. */
function kronecker(a: Matrix): Matrix {
  return a.flatMap((left) => a.map((right) => left.flatMap((x) => right.map((y) => x * y))));
}

export function transposed(a: Matrix): Matrix {
  return a[0]!.map((_, column) => a.map((row) => row[column]!));
}
