import type { OperatorAttributes } from '../../../../models/lowering/onnx.js';
import type { Ref } from '../../write/ref.js';
import type { GraphWriter } from '../../write/writer.js';
import type { Emission } from '../contract/operator.js';

/**
 * The running mean and variance, by name, once they have moved towards those of a batch.
 * @param mean of the batch, in as many values as the running one
 */
export function runningValues(
  { g, weight }: Emission,
  attributes: OperatorAttributes['batchNorm'],
  mean: Ref,
  variance: Ref,
): ReadonlyMap<string, Ref> {
  const { momentum } = attributes;
  return new Map([
    [attributes.mean, moved(g, weight(attributes.mean), mean, momentum)],
    [attributes.variance, moved(g, weight(attributes.variance), variance, momentum)],
  ]);
}

function moved(g: GraphWriter, running: Ref, batch: Ref, momentum: number): Ref {
  return g.add(g.scale(running, momentum), g.scale(g.reshape(batch, running.dims), 1 - momentum));
}
