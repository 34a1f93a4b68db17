import { sizeOf } from '../../base/tensor.js';
import type { Split } from '../sets/dataset.js';

/** In which directions the colours of a data set's pixels vary, and how much. */
export interface PrincipalColours {
  /** The eigenvectors of the covariance of pixels, each of C values and of length 1, the strongest first. */
  readonly directions: readonly (readonly number[])[];
  /** The square roots of their eigenvalues, in grey levels of 255. */
  readonly deviations: readonly number[];
}

/** Enough for two digits: a thousand photographs of 32x32 have a million pixels. */
const SAMPLE_IMAGES = 1000;
const CHUNK_IMAGES = 50;

/**
 * The principal colours of the training images, from a thousand of them that are spread evenly over the split, so
 * that a resumed run finds the same ones.
 */
export async function principalColours(
  split: Split,
  shape: readonly [number, number, number],
): Promise<PrincipalColours> {
  const count = Math.min(split.count, SAMPLE_IMAGES);
  const sample = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * split.count) / count));
  const moments = new Moments(shape[2]);
  for (let i = 0; i < count; i += CHUNK_IMAGES) {
    const indices = sample.subarray(i, i + CHUNK_IMAGES);
    const pixels = new Uint8Array(indices.length * sizeOf(shape));
    await split.read(indices, pixels);
    moments.add(pixels);
  }
  return eigen(moments.covariance());
}

/** Sums of values and of products of two channels; all are integers below 2^53, so that they are exact. */
class Moments {
  #count = 0;
  readonly #sums: number[];
  readonly #products: number[][];

  readonly #channels: number;

  constructor(channels: number) {
    this.#channels = channels;
    this.#sums = new Array(channels).fill(0);
    this.#products = this.#sums.map(() => new Array(channels).fill(0));
  }

  add(pixels: Uint8Array): void {
    const [channels, sums, products] = [this.#channels, this.#sums, this.#products];
    for (let at = 0; at < pixels.length; at += channels) {
      for (let a = 0; a < channels; a++) {
        const value = pixels[at + a]!;
        sums[a]! += value;
        for (let b = a; b < channels; b++) products[a]![b]! += value * pixels[at + b]!;
      }
    }
    this.#count += pixels.length / channels;
  }

  covariance(): number[][] {
    const [count, sums, products] = [this.#count, this.#sums, this.#products];
    return sums.map((sumA, a) =>
      sums.map(
        (sumB, b) => products[Math.min(a, b)]![Math.max(a, b)]! / count - (sumA / count) * (sumB / count),
      ),
    );
  }
}

/** Eigenvectors and roots of eigenvalues of a small symmetric matrix (Jacobi 1846: rotate the largest away). */
export function eigen(matrix: readonly (readonly number[])[]): PrincipalColours {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 50; sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, p, q);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return {
    directions: order.map((i) => oriented(vectors.map((row) => row[i]!))),
    deviations: order.map((i) => Math.sqrt(Math.max(0, a[i]![i]!))),
  };
}

/** One Jacobi rotation, which makes a[p][q] zero. */
function rotate(a: number[][], vectors: number[][], p: number, q: number): void {
  if (Math.abs(a[p]![q]!) < 1e-12) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cos = 1 / Math.sqrt(t * t + 1);
  const sin = t * cos;
  for (const rows of [a, vectors]) {
    for (const row of rows) [row[p], row[q]] = [cos * row[p]! - sin * row[q]!, sin * row[p]! + cos * row[q]!];
  }
  const [rowP, rowQ] = [[...a[p]!], [...a[q]!]];
  for (let k = 0; k < a.length; k++) {
    a[p]![k] = cos * rowP[k]! - sin * rowQ[k]!;
    a[q]![k] = sin * rowP[k]! + cos * rowQ[k]!;
  }
}

/** An eigenvector may point either way; the one whose sum is positive makes a picture brighter. */
function oriented(vector: number[]): number[] {
  return vector.reduce((sum, value) => sum + value, 0) < 0 ? vector.map((value) => -value) : vector;
}
