import { DataFlow } from '../../../write/data-flow.js';
import { requireWrittenLast } from '../../../write/overwriting.js';
import { GraphWriter } from '../../../write/writer.js';
import { imageFeeds } from '../../feeds.js';
import { gradientName, NUMBERS, nextName, RESULTS, stateName, WEIGHTS } from '../../names.js';
import { emitGradients } from '../../step.js';
import type { TrainingStep } from '../../training-step.js';
import { emitUpdate } from '../../update.js';
import type { Shard } from './shards.js';

/** From images and weights to loss, correct images and the gradient of each group that is trained. */
export function gradientsGraph(step: TrainingStep): Uint8Array {
  const g = new GraphWriter();
  g.emptySequence(RESULTS.done);
  const images = imageFeeds(step.graph, [step.trace.batch]);
  const feeds = new Map(images.map(({ name, dims, type }) => [name, g.input(name, dims, type)]));
  const weights = step.groups.map(({ dims }, at) => g.input(stateName(WEIGHTS, at), dims));
  const { values, loss, correct } = emitGradients(g, step, feeds, weights);
  for (const [at, { trainable, dims }] of step.groups.entries()) {
    if (trainable) g.output(values[at]!, gradientName(at), 'float32', dims);
  }
  g.output(loss, RESULTS.loss);
  g.output(correct, RESULTS.correct);
  return g.encode();
}

/**
 * From the gradients that replicas have computed of some shards to their new weights and slots, which may be written where the
 * old ones lie. Gradients are added up in the order of the replicas.
 * @throws an internal error where something could read what has been overwritten
 */
export function updateGraph(
  { groups, optimizer }: TrainingStep,
  shards: readonly Shard[],
  replicas: number,
): Uint8Array {
  const g = new GraphWriter();
  g.emptySequence(RESULTS.done);
  g.scope = 'update';
  const stepSize = g.input(NUMBERS.stepSize, [1]);
  const writes = shards.flatMap(({ at, kinds, length }) => {
    const names = kinds.map((kind) => stateName(kind, at));
    const [weight, ...slots] = names.map((name) => g.input(name, [length]));
    const parts = Array.from({ length: replicas }, (_, replica) =>
      g.input(gradientName(at, replica), [length]),
    );
    const gradient = parts.reduce((sum, part) => g.add(sum, part));
    const next = emitUpdate(g, groups[at]!, optimizer, { weight: weight!, slots }, gradient, stepSize);
    return [next.weight, ...next.slots].flatMap((ref, i) =>
      ref.name === names[i] ? [] : [{ name: names[i]!, next: ref, dims: [length] }],
    );
  });
  requireWrittenLast(
    new DataFlow(g.written()),
    writes.map(({ name, next }) => ({ next: next.name, memory: [name] })),
  );
  for (const { name, next, dims } of writes) g.output(next, nextName(name), 'float32', dims);
  return g.encode();
}
