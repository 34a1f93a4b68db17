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
  /** The last two transposed, for what goes back through them. */
  readonly kernelBack: Matrix;
  readonly outputBack: Matrix;
  /** Which of the t * t products goes into every output with factor 1, and into nothing else: a bias is added there. */
  readonly even: number;
}

/** Points beside infinity: more of them bring fewer products and larger errors. Of fractions of 1, 2 and 3 these have the smallest. */
export const TRANSFORMS: Readonly<Record<Filtering, Transforms>> = {
  'winograd-2x2': transforms(2, [0, 1, -1]),
  'winograd-4x4': transforms(4, [0, 1, -1, 1 / 2, -2]),
  'winograd-5x5': transforms(5, [0, 1, -1, -2, -1 / 2, 3 / 2]),
};

/**
 * By the algorithm of Toom and Cook: polynomials are multiplied by their values at m + 1 points and at infinity. Source:
 * Barabasz, Anderson, Soodhalter and Gregg, Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural
 * Networks, arXiv:1803.10986.
 * @param points different ones, the second of which is 1
 */
function transforms(outputs: number, points: readonly number[]): Transforms {
  const others = points.map((point) => points.filter((other) => other !== point));
  const slopes = points.map((point, i) =>
    others[i]!.reduce((product, other) => product * (point - other), 1),
  );
  const powers = Array.from({ length: outputs }, (_, power) => power);
  const kernel = kronecker([
    ...points.map((point, i) => [1 / slopes[i]!, point / slopes[i]!, point ** 2 / slopes[i]!]),
    [0, 0, 1],
  ]);
  const output = kronecker(
    powers.map((power) => [...points.map((point) => point ** power), power === outputs - 1 ? 1 : 0]),
  );
  return {
    outputs,
    inputs: points.length + 1,
    input: kronecker([...others.map((roots) => [...polynomial(roots), 0]), polynomial(points)]),
    kernel,
    output,
    kernelBack: transposed(kernel),
    outputBack: transposed(output),
    // The point 1: its powers are the outputs' factors.
    even: points.length + 2,
  };
}

/** The coefficients of (x - a) (x - b) ..., the constant one first. */
function polynomial(roots: readonly number[]): number[] {
  let factors = [1];
  for (const root of roots) factors = [0, ...factors].map((before, i) => before - root * (factors[i] ?? 0));
  return factors;
}

/** The product of a matrix with itself: entry [i * r + k][j * c + l] is a[i][j] * a[k][l]. */
function kronecker(a: Matrix): Matrix {
  return a.flatMap((left) => a.map((right) => left.flatMap((x) => right.map((y) => x * y))));
}

function transposed(a: Matrix): Matrix {
  return a[0]!.map((_, column) => a.map((row) => row[column]!));
}
