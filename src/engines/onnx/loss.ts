import type { GraphWriter, Ref } from './writer.js';

export interface Loss {
  /** Scalars: the loss, and how many images are classified correctly. */
  readonly loss: Ref;
  readonly correct: Ref;
  /** Gradient of the loss with respect to the logits, [K, N]. */
  readonly gradient: Ref;
}

/**
 * Softmax and cross-entropy of logits [K, N] together: loss = sum_n w_n * (log sum_k exp(z_kn) - z_yn), gradient
 * w_n * (p_kn - [k = y_n]). With label smoothing s the wanted probability is (1 - s) [k = y_n] + s / K. Written out in operators that every provider has; LogSoftmax would leave a GPU.
 * @param labels int32 [N]
 * @param weights what each image counts for, [N]: 1 / count, or 0 for padding
 */
export function crossEntropy(
  g: GraphWriter,
  logits: Ref,
  labels: Ref,
  weights: Ref,
  smoothing: number,
): Loss {
  const [classes, batch] = logits.dims as [number, number];
  const shifted = g.sub(logits, g.max(logits, [0]));
  const powers = g.unary('Exp', shifted);
  const total = g.sum(powers, [0], true);
  const classNumbers = g.int32s([...Array(classes).keys()], [classes, 1]);
  const equal = g.op('Equal', [classNumbers, g.reshape(labels, [1, batch])], [classes, batch]);
  const isLabel = g.cast(equal);
  const share = g.reshape(weights, [1, batch]);
  const ofLabel = g.sum(g.mul(isLabel, shifted), [0], true);
  const wanted =
    smoothing > 0 ? g.add(g.scale(isLabel, 1 - smoothing), g.constant(smoothing / classes)) : isLabel;
  const expected = smoothing > 0 ? g.sum(g.mul(wanted, shifted), [0], true) : ofLabel;
  const each = g.mul(g.sub(g.unary('Log', total), expected), share);
  // The label's logit, less the largest, is 0 exactly where the label wins.
  const right = g.mul(g.notNegative(ofLabel), g.positive(share));
  return {
    loss: g.sum(each, [0, 1], false),
    correct: g.sum(right, [0, 1], false),
    gradient: g.mul(g.sub(g.div(powers, total), wanted), share),
  };
}
