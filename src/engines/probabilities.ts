import type { Graph } from '../models/graph/graph.js';
import { rubbishLogit } from '../recipe/loss.js';
import type { InferenceResult } from './engine.js';

/**
 * Softmax and loss (see `Loss`) of the first `count` rows of logits [N, classes], in double precision:
 * loss = log sum_k exp(z_k) - z_label, where a rubbish class counts in the loss alone.
 */
export function softmaxAndLosses(
  logits: Float32Array,
  labels: Int32Array,
  count: number,
  { classes, loss }: Pick<Graph, 'classes' | 'loss'>,
): InferenceResult {
  const probabilities = new Float32Array(count * classes);
  const losses = new Float32Array(count);
  const rubbish = rubbishLogit(loss) ?? Number.NEGATIVE_INFINITY;
  for (let n = 0; n < count; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    let largest = Number.NEGATIVE_INFINITY;
    for (const z of row) largest = Math.max(largest, z);
    let total = 0;
    for (const z of row) total += Math.exp(z - largest);
    for (let k = 0; k < classes; k++) probabilities[n * classes + k] = Math.exp(row[k]! - largest) / total;
    losses[n] = logOfSum(Math.log(total) + largest, rubbish) - row[labels[n]!]!;
  }
  return { probabilities, losses };
}

/** log(e^a + e^b) where neither power can overflow; a where b is minus infinity. */
function logOfSum(a: number, b: number): number {
  const largest = Math.max(a, b);
  return largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest));
}
