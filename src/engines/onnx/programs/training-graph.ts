import { dropoutsOf, type Graph } from '../../../models/graph/graph.js';
import type { OptimizerConfig } from '../../../recipe/optimizers/index.js';
import type { GradientInRows } from '../operators/contract/operator.js';
import type { PlacedTrace } from '../plan/placement.js';
import type { DataType } from '../write/proto.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { type Group, kindsOf } from './parameters.js';
import { emitStep } from './step.js';
import { emitUpdate, joinMembers } from './update.js';

export interface TrainingGraphOptions {
  readonly graph: Graph;
  readonly trace: PlacedTrace;
  readonly groups: readonly Group[];
  /** The optimizer's slots, by name. */
  readonly slots: readonly string[];
  readonly optimizer: OptimizerConfig;
  /** Micro-batches a step. */
  readonly parts: number;
  readonly labelSmoothing: number;
}

/** What a step reads that is neither weights nor slots: the batch, and numbers of the step. */
export interface Feed {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: DataType;
}

export const maskInput = (layer: string): string => `mask:${layer}`;
export const sumName = (group: number): string => `sums:${group}`;

/** The sums of gradients that `microStepGraph` carries from micro-batch to micro-batch. */
export const sumNames = (groups: readonly Group[]): string[] =>
  groups.flatMap(({ trainable }, i) => (trainable ? [sumName(i)] : []));

/** The names of a group's tensors among a program's inputs; outputs have `next:` in front. */
export const stateNames = (groups: readonly Group[], slots: readonly string[]): string[] =>
  groups.flatMap((group, i) => kindsOf(group, slots).map((kind) => `${kind}:${i}`));

/** Their extents, in the same order. */
export const stateDims = (groups: readonly Group[], slots: readonly string[]) =>
  groups.flatMap((group) => kindsOf(group, slots).map(() => group.dims));

/** The images of a step or micro-batch, and what belongs to them, with these leading extents. */
export function imageFeeds(graph: Graph, extents: readonly number[]): Feed[] {
  const masks = dropoutsOf(graph).map(({ name, shape }) => ({
    name: maskInput(name),
    dims: [...extents, ...shape],
    type: 'uint8' as const,
  }));
  return [
    { name: 'pixels', dims: [...extents, ...graph.input], type: 'uint8' },
    { name: 'labels', dims: extents, type: 'int32' },
    { name: 'imageWeights', dims: extents, type: 'float32' },
    { name: 'imageShares', dims: extents, type: 'float32' },
    ...masks,
  ];
}

/**
 * Several steps in one run: the step is the body of an ONNX Loop that carries weights and slots from step to step, so
 * that they pass through JavaScript once a run (with 60 million weights and 16 steps a run 33 ms a step instead of 232).
 * Every feed has a leading extent k, one entry a step; `steps` says how many there are, `microBatches` how many parts
 * of each hold images.
 */
export function loopGraph(options: TrainingGraphOptions): Uint8Array {
  const {
    graph,
    trace: { batch },
    parts,
    groups,
    slots,
  } = options;
  const outer = new GraphWriter();
  const body = new GraphWriter('s');
  const iteration = body.input('iteration', [], 'int64');
  body.output(body.input('goOn', [], 'bool'), 'goOnNext', 'bool');
  const feeds = new Map<string, Ref>();
  const stepFeeds: Feed[] = [{ name: 'stepSize', dims: [], type: 'float32' }];
  if (parts > 1) stepFeeds.push({ name: 'microBatches', dims: [], type: 'int64' });
  for (const { name, dims, type } of [
    ...imageFeeds(graph, parts > 1 ? [parts, batch] : [batch]),
    ...stepFeeds,
  ]) {
    outer.input(name, ['k', ...dims], type);
    const all = { name, dims: [1, ...dims] };
    feeds.set(name, body.op('Gather', [all, iteration], dims, { axis: 0 }));
  }
  const names = stateNames(groups, slots);
  const dims = stateDims(groups, slots);
  const state = names.map((name, i) => body.input(`in:${name}`, dims[i]!));
  const compute = parts > 1 ? emitMicroBatches : emitImages;
  const { values, loss, correct } = compute(body, options, feeds, weightsOf(options, state));
  const next = emitUpdates(body, options, state, values, feeds.get('stepSize')!);
  next.forEach((ref, i) => body.output(ref, `out:${names[i]}`, 'float32', dims[i]));
  body.output(loss, 'stepLoss');
  body.output(correct, 'stepCorrect');

  const steps = outer.input('steps', [], 'int64');
  const carried = names.map((name, i) => outer.input(name, dims[i]!));
  const results = outer.multi('Loop', [steps, '', ...carried], [...dims, [1], [1]], {
    body: { graph: body },
  });
  names.forEach((name, i) => outer.output(results[i]!, `next:${name}`));
  outer.output(results.at(-2)!, 'loss', 'float32', ['k']);
  outer.output(results.at(-1)!, 'correct', 'float32', ['k']);
  return outer.encode();
}

/** What images give: for each group the gradient of its tensor, or its new running values where it is not trained. */
export interface Computed {
  readonly values: readonly Ref[];
  readonly loss: Ref;
  readonly correct: Ref;
  /** How the gradient of a weight, by its name, can be computed in parts instead. */
  readonly inRows?: ReadonlyMap<string, GradientInRows>;
}

/** Forward and backward pass of images that are computed at once. @param weights each group's tensor */
export function emitImages(
  g: GraphWriter,
  { graph, trace, groups, labelSmoothing }: TrainingGraphOptions,
  feeds: ReadonlyMap<string, Ref>,
  weights: readonly Ref[],
): Computed {
  g.scope = 'weights';
  const single = new Map(groups.flatMap((group, i) => [...members(g, group, weights[i]!)]));
  const { loss, correct, gradients, updates, inRows } = emitStep(g, graph, trace, {
    pixels: feeds.get('pixels')!,
    labels: feeds.get('labels')!,
    imageWeights: feeds.get('imageWeights')!,
    imageShares: feeds.get('imageShares')!,
    labelSmoothing,
    weight: (name) => single.get(name)!,
    mask: (layer) => feeds.get(maskInput(layer))!,
  });
  const values = groups.map((group, i) => {
    if (group.trainable) return joinMembers(g, group, (name) => gradients.get(name)!);
    const isKept = group.members.every(({ name }) => !updates.has(name));
    return isKept ? weights[i]! : joinMembers(g, group, (name) => updates.get(name) ?? single.get(name)!);
  });
  return { values, loss, correct, inRows };
}

/**
 * The same of a batch in micro-batches: an inner Loop that carries the sums of the gradients, and the running values,
 * from one to the next. Each needs memory for its own images only.
 */
export function emitMicroBatches(
  g: GraphWriter,
  options: TrainingGraphOptions,
  feeds: ReadonlyMap<string, Ref>,
  weights: readonly Ref[],
): Computed {
  const {
    graph,
    groups,
    trace: { batch },
  } = options;
  const body = new GraphWriter('m');
  const iteration = body.input('microBatch', [], 'int64');
  body.output(body.input('microGoOn', [], 'bool'), 'microGoOnNext', 'bool');
  const own = new Map(
    imageFeeds(graph, [batch]).map(({ name, dims }) => [
      name,
      body.op('Gather', [feeds.get(name)!, iteration], dims, { axis: 0 }),
    ]),
  );
  const before = groups.map(({ dims }, i) => body.input(`before:${i}`, dims));
  const current = groups.map(({ trainable }, i) => (trainable ? weights[i]! : before[i]!));
  const { values, loss, correct } = emitImages(body, options, own, current);
  groups.forEach(({ trainable }, i) => {
    body.output(trainable ? body.add(before[i]!, values[i]!) : values[i]!, `after:${i}`);
  });
  body.output(body.add(body.input('lossBefore', []), loss), 'lossAfter');
  body.output(body.add(body.input('correctBefore', []), correct), 'correctAfter');

  const begin = groups.map(({ trainable, dims }, i) => (trainable ? g.zeros(dims) : weights[i]!));
  const results = g.multi(
    'Loop',
    [feeds.get('microBatches')!, '', ...begin, g.constant(0), g.constant(0)],
    [...groups.map(({ dims }) => dims), [], []],
    { body: { graph: body } },
  );
  return { values: results.slice(0, -2), loss: results.at(-2)!, correct: results.at(-1)! };
}

/** The optimizer's updates from what the images gave; all of the new state, in its order. */
export function emitUpdates(
  g: GraphWriter,
  { groups, slots, optimizer }: TrainingGraphOptions,
  state: readonly Ref[],
  values: readonly Ref[],
  stepSize: Ref,
): Ref[] {
  g.scope = 'update';
  const owned = ownStates(groups, slots, state);
  return groups.flatMap((group, i) => {
    const [weight, ...kept] = owned[i]!;
    if (!group.trainable) return [values[i]!];
    const own = { weight: weight!, slots: kept };
    const updated = emitUpdate(g, group, optimizer, own, values[i]!, stepSize);
    return [updated.weight, ...updated.slots];
  });
}

/** Each group's tensor of weights out of all the state. */
export function weightsOf({ groups, slots }: TrainingGraphOptions, state: readonly Ref[]): Ref[] {
  return ownStates(groups, slots, state).map(([weight]) => weight!);
}

/** For each group its own tensors out of all: weights, then slots. */
function ownStates(groups: readonly Group[], slots: readonly string[], state: readonly Ref[]): Ref[][] {
  let at = 0;
  return groups.map((group) => {
    const begin = at;
    at += kindsOf(group, slots).length;
    return state.slice(begin, at);
  });
}

/** A group's tensor taken apart into its weights. */
function members(g: GraphWriter, group: Group, packed: Ref): Map<string, Ref> {
  const [first] = group.members;
  if (group.members.length === 1) return new Map([[first!.name, g.reshape(packed, first!.dims)]]);
  const parts = g.split(
    packed,
    group.members.map(({ size }) => size),
  );
  return new Map(group.members.map(({ name, dims }, i) => [name, g.reshape(parts[i]!, dims)]));
}
