import { type Loss, rubbishLogit } from '../../../recipe/loss.js';
import type { Ref } from '../write/ref.js';
import type { GraphWriter } from '../write/writer.js';

export interface EmittedLoss {
  /** Scalars: the loss, and how many images are classified correctly. */
  readonly loss: Ref;
  readonly correct: Ref;
  /** Gradient of the loss with respect to the logits, [K, N]. */
  readonly gradient: Ref;
}

interface LossInputs {
  /** [K, N] */
  readonly logits: Ref;
  /** int32 [N] */
  readonly labels: Ref;
  /** What each image counts for, [N]: 1 / count, or 0 for padding. */
  readonly weights: Ref;
  readonly smoothing: number;
}

/**
 * Softmax and loss together: loss = sum_n w_n * (log sum_k exp(z_kn) - z_yn), gradient w_n * (p_kn - [k = y_n]), where a
 * rubbish class (see `Loss`) has a part in the sum over k alone. With label smoothing s the wanted probability is
 * (1 - s) [k = y_n] + s / K. Written out in operators that every provider has; LogSoftmax would leave a GPU.
 */
export function emitLoss(
  g: GraphWriter,
  kind: Loss,
  { logits, labels, weights, smoothing }: LossInputs,
): EmittedLoss {
  const [classes, batch] = logits.dims as [number, number];
  const largest = g.max(logits, [0]);
  const { shifted, powers, total } = emitPowers(g, logits, largest, rubbishLogit(kind));
  const classNumbers = g.int32s([...Array(classes).keys()], [classes, 1]);
  const equal = g.op('Equal', [classNumbers, g.reshape(labels, [1, batch])], [classes, batch]);
  const isLabel = g.cast(equal);
  const share = g.reshape(weights, [1, batch]);
  const wanted =
    smoothing > 0 ? g.add(g.scale(isLabel, 1 - smoothing), g.constant(smoothing / classes)) : isLabel;
  const expected = g.sum(g.mul(wanted, shifted), [0], true);
  const each = g.mul(g.sub(g.unary('Log', total), expected), share);
  // Of equals the first counts as the largest: places from the end, where a logit is the largest, else 0.
  const fromEnd = g.constant(
    Float32Array.from({ length: classes }, (_, k) => classes - k),
    [classes, 1],
  );
  const places = g.mul(g.notNegative(g.sub(logits, largest)), fromEnd);
  const margin = g.sub(g.sum(g.mul(isLabel, places), [0], true), g.max(places, [0]));
  const right = g.mul(g.notNegative(margin), g.positive(share));
  return {
    loss: g.sum(each, [0, 1], false),
    correct: g.sum(right, [0, 1], false),
    gradient: g.mul(g.sub(g.div(powers, total), wanted), share),
  };
}

/** Logits less the largest that counts, so that no power overflows; their powers, and the sum of these, [1, N]. */
function emitPowers(
  g: GraphWriter,
  logits: Ref,
  largest: Ref,
  rubbish: number | null,
): { shifted: Ref; powers: Ref; total: Ref } {
  const peak = rubbish === null ? largest : g.binary('Max', largest, g.constant(rubbish));
  const shifted = g.sub(logits, peak);
  const powers = g.unary('Exp', shifted);
  const sum = g.sum(powers, [0], true);
  if (rubbish === null) return { shifted, powers, total: sum };
  return { shifted, powers, total: g.add(sum, g.unary('Exp', g.sub(g.constant(rubbish), peak))) };
}
