import type { GradientInRows } from '../operators/contract/operator.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { type Feed, imageFeeds } from './feeds.js';
import { IMAGES, MICRO_BODY, maskName, NUMBERS, type StateName, stateName, WEIGHTS } from './names.js';
import type { Group } from './parameters.js';
import { emitPasses } from './passes.js';
import { kindsOf, stateTensors } from './state.js';
import type { TrainingStep } from './training-step.js';
import { emitUpdate, joinMembers } from './update.js';

/** The tensors of feeds, by name. */
export type FeedRefs = ReadonlyMap<Feed['name'], Ref>;
/** The tensors of the state, by name. */
export type StateRefs = ReadonlyMap<StateName, Ref>;

/** What images give: for each group the gradient of its tensor, or its new running values where it is not trained. */
export interface Computed {
  readonly values: readonly Ref[];
  /** Scalars. */
  readonly loss: Ref;
  readonly correct: Ref;
  /** How the gradient of a weight, by its name, can be computed in slices instead. */
  readonly inRows?: ReadonlyMap<string, GradientInRows>;
}

/**
 * Writes a whole step, from its feeds and the state to the new state: forward and backward pass of all images, and the
 * optimizer's updates.
 * @param gathered what becomes of the gradients before the updates use them; nothing where absent
 */
export function emitStep(
  g: GraphWriter,
  step: TrainingStep,
  feeds: FeedRefs,
  state: StateRefs,
  gathered = (values: readonly Ref[]): readonly Ref[] => values,
): { readonly next: StateRefs; readonly loss: Ref; readonly correct: Ref } {
  const weights = step.groups.map((_, i) => state.get(stateName(WEIGHTS, i))!);
  const { values, loss, correct } = emitGradients(g, step, feeds, weights);
  const next = emitUpdates(g, step, state, gathered(values), feeds.get(NUMBERS.stepSize)!);
  return { next, loss, correct };
}

/**
 * The part of a step before the updates. Feeds that tell the number of micro-batches have these for their first extent.
 * @param weights each group's tensor
 */
export function emitGradients(
  g: GraphWriter,
  step: TrainingStep,
  feeds: FeedRefs,
  weights: readonly Ref[],
): Computed {
  return feeds.has(NUMBERS.microBatches)
    ? emitMicroBatches(g, step, feeds, weights)
    : emitImages(g, step, feeds, weights);
}

/** Forward and backward pass of images that are computed at once. */
function emitImages(
  g: GraphWriter,
  { graph, trace, groups, labelSmoothing, sparesMemory }: TrainingStep,
  feeds: FeedRefs,
  weights: readonly Ref[],
): Computed {
  if (sparesMemory) g.spareMemory(feeds.get(IMAGES.labels)!);
  g.scope = 'weights';
  const single = new Map(groups.flatMap((group, i) => [...members(g, group, weights[i]!)]));
  const { loss, correct, gradients, updates, inRows } = emitPasses(g, graph, trace, {
    pixels: feeds.get(IMAGES.pixels)!,
    labels: feeds.get(IMAGES.labels)!,
    imageWeights: feeds.get(IMAGES.weights)!,
    imageShares: feeds.get(IMAGES.shares)!,
    labelSmoothing,
    weight: (name) => single.get(name)!,
    mask: (layer) => feeds.get(maskName(layer))!,
  });
  const values = groups.map((group, i) => {
    if (group.trainable) return joinMembers(g, group, (name) => gradients.get(name)!);
    const isKept = group.members.every(({ name }) => !updates.has(name));
    return isKept ? weights[i]! : joinMembers(g, group, (name) => updates.get(name) ?? single.get(name)!);
  });
  return { values, loss, correct, inRows };
}

/**
 * The same of a batch in micro-batches: a Loop that carries the sums of the gradients, and the running values, from one to
 * the next. Each needs memory for its own images only.
 */
function emitMicroBatches(
  g: GraphWriter,
  step: TrainingStep,
  feeds: FeedRefs,
  weights: readonly Ref[],
): Computed {
  const { groups } = step;
  const begin = groups.map(({ trainable, dims }, i) => (trainable ? g.zeros(dims) : weights[i]!));
  const body = microBatchBody(step, feeds, weights);
  const results = g.multi(
    'Loop',
    [feeds.get(NUMBERS.microBatches)!, '', ...begin, g.constant(0), g.constant(0)],
    [...groups.map(({ dims }) => dims), [], []],
    { body: { graph: body } },
  );
  return { values: results.slice(0, -2), loss: results.at(-2)!, correct: results.at(-1)! };
}

/** One micro-batch. Feeds and weights are those around it. */
function microBatchBody(step: TrainingStep, feeds: FeedRefs, weights: readonly Ref[]): GraphWriter {
  const { graph, groups, trace } = step;
  const body = new GraphWriter('m');
  const iteration = body.input(MICRO_BODY.iteration, [], 'int64');
  body.output(body.input(MICRO_BODY.goOn, [], 'bool'), MICRO_BODY.goOnNext, 'bool');
  const own = new Map(
    imageFeeds(graph, [trace.batch]).map(({ name, dims }) => [
      name,
      body.op('Gather', [feeds.get(name)!, iteration], dims, { axis: 0 }),
    ]),
  );
  const before = groups.map(({ dims }, i) => body.input(MICRO_BODY.before(i), dims));
  const current = groups.map(({ trainable }, i) => (trainable ? weights[i]! : before[i]!));
  const { values, loss, correct } = emitImages(body, step, own, current);
  groups.forEach(({ trainable }, i) => {
    body.output(trainable ? body.add(before[i]!, values[i]!) : values[i]!, MICRO_BODY.after(i));
  });
  body.output(body.add(body.input(MICRO_BODY.lossBefore, []), loss), MICRO_BODY.lossAfter);
  body.output(body.add(body.input(MICRO_BODY.correctBefore, []), correct), MICRO_BODY.correctAfter);
  return body;
}

/** The optimizer's updates from what the images gave, and the running values as they are now. */
function emitUpdates(
  g: GraphWriter,
  step: TrainingStep,
  state: StateRefs,
  values: readonly Ref[],
  stepSize: Ref,
): StateRefs {
  g.scope = 'update';
  const { groups, slots, optimizer } = step;
  const next = groups.flatMap((group, i) => {
    if (!group.trainable) return [values[i]!];
    const [weight, ...kept] = kindsOf(group, slots).map((kind) => state.get(stateName(kind, i))!);
    const updated = emitUpdate(g, group, optimizer, { weight: weight!, slots: kept }, values[i]!, stepSize);
    return [updated.weight, ...updated.slots];
  });
  return new Map(stateTensors(step).map(({ name }, i) => [name, next[i]!]));
}

/** A group's tensor taken apart into its weights. */
function members(g: GraphWriter, group: Group, packed: Ref): Map<string, Ref> {
  const [first] = group.members;
  if (group.members.length === 1) return new Map([[first!.name, g.reshape(packed, first!.dims)]]);
  const pieces = g.split(
    packed,
    group.members.map(({ size }) => size),
  );
  return new Map(group.members.map(({ name, dims }, i) => [name, g.reshape(pieces[i]!, dims)]));
}
