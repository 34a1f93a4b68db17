import type { InferenceResult } from './engine.js';

/**
 * Softmax and cross-entropy of the first `count` rows of logits [N, classes], in double precision:
 * loss = log sum_k exp(z_k) - z_label.
 */
export function softmaxAndLosses(
  logits: Float32Array,
  labels: Int32Array,
  count: number,
  classes: number,
): InferenceResult {
  const probabilities = new Float32Array(count * classes);
  const losses = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    let largest = Number.NEGATIVE_INFINITY;
    for (const z of row) largest = Math.max(largest, z);
    let total = 0;
    for (const z of row) total += Math.exp(z - largest);
    for (let k = 0; k < classes; k++) probabilities[n * classes + k] = Math.exp(row[k]! - largest) / total;
    losses[n] = Math.log(total) + largest - row[labels[n]!]!;
  }
  return { probabilities, losses };
}
