import { dropoutsOf, type Graph } from '../../models/graph.js';
import type { OptimizerConfig } from '../../training/optimizers/optimizer.js';
import { type Group, kindsOf } from './parameters.js';
import type { DataType } from './proto.js';
import { emitStep } from './step.js';
import type { Trace } from './trace.js';
import { emitUpdate, joinMembers } from './update.js';
import { GraphWriter, type Ref } from './writer.js';

export interface TrainingGraphOptions {
  readonly graph: Graph;
  readonly trace: Trace;
  readonly groups: readonly Group[];
  /** The optimizer's slots, by name. */
  readonly slots: readonly string[];
  readonly optimizer: OptimizerConfig;
  readonly batch: number;
  readonly labelSmoothing: number;
}

/** What a step reads that is neither weights nor slots: the batch, and numbers of the step. */
interface Feed {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: DataType;
}

export const maskInput = (layer: string): string => `mask:${layer}`;

/** The names of a group's tensors among a program's inputs; outputs have `next:` in front. */
export const stateNames = (groups: readonly Group[], slots: readonly string[]): string[] =>
  groups.flatMap((group, i) => kindsOf(group, slots).map((kind) => `${kind}:${i}`));

/** Their extents, in the same order. */
const stateDims = (groups: readonly Group[], slots: readonly string[]) =>
  groups.flatMap((group) => kindsOf(group, slots).map(() => group.dims));

export function feedsOf(graph: Graph, batch: number): Feed[] {
  const masks = dropoutsOf(graph).map(({ name, shape }) => ({
    name: maskInput(name),
    dims: [batch, ...shape],
    type: 'uint8' as const,
  }));
  return [
    { name: 'pixels', dims: [batch, ...graph.input], type: 'uint8' },
    { name: 'labels', dims: [batch], type: 'int32' },
    { name: 'imageWeights', dims: [batch], type: 'float32' },
    { name: 'stepSize', dims: [], type: 'float32' },
    ...masks,
  ];
}

/**
 * Several steps in one run: the step is the body of an ONNX Loop that carries weights and slots from step to step, so
 * that they pass through JavaScript once a run (with 60 million weights and 16 steps a run 33 ms a step instead of 232).
 * Every feed has a leading extent k, one entry a step; `steps` says how many there are.
 */
export function loopGraph(options: TrainingGraphOptions): Uint8Array {
  const { graph, batch, groups, slots } = options;
  const outer = new GraphWriter();
  const body = new GraphWriter('s');
  const iteration = body.input('iteration', [], 'int64');
  body.output(body.input('goOn', [], 'bool'), 'goOnNext', 'bool');
  const feeds = new Map<string, Ref>();
  for (const { name, dims, type } of feedsOf(graph, batch)) {
    outer.input(name, ['k', ...dims], type);
    const all = { name, dims: [1, ...dims] };
    feeds.set(name, body.op('Gather', [all, iteration], dims, { axis: 0 }));
  }
  const names = stateNames(groups, slots);
  const dims = stateDims(groups, slots);
  const state = names.map((name, i) => body.input(`in:${name}`, dims[i]!));
  const { next, loss, correct } = emitTrainingStep(body, options, feeds, state);
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

/** One step in one run, for providers that cannot run a Loop where the weights live (WebGPU). */
export function stepGraph(options: TrainingGraphOptions): Uint8Array {
  const { graph, batch, groups, slots } = options;
  const g = new GraphWriter();
  const feeds = new Map(
    feedsOf(graph, batch).map(({ name, dims, type }) => [name, g.input(name, dims, type)]),
  );
  const names = stateNames(groups, slots);
  const dims = stateDims(groups, slots);
  const state = names.map((name, i) => g.input(name, dims[i]!));
  const { next, loss, correct } = emitTrainingStep(g, options, feeds, state);
  next.forEach((ref, i) => g.output(ref, `next:${names[i]}`, 'float32', dims[i]));
  g.output(loss, 'loss');
  g.output(correct, 'correct');
  return g.encode();
}

/** Hands tensors on unchanged: how state that lives on a GPU is read. */
export function copyGraph(groups: readonly Group[], slots: readonly string[]): Uint8Array {
  const g = new GraphWriter();
  const dims = stateDims(groups, slots);
  stateNames(groups, slots).forEach((name, i) => g.output(g.input(name, dims[i]!), `next:${name}`));
  return g.encode();
}

function emitTrainingStep(
  g: GraphWriter,
  { graph, trace, groups, slots, optimizer, batch, labelSmoothing }: TrainingGraphOptions,
  feeds: ReadonlyMap<string, Ref>,
  state: readonly Ref[],
): { next: Ref[]; loss: Ref; correct: Ref } {
  const owned = ownStates(groups, slots, state);
  const weights = new Map(groups.flatMap((group, i) => [...members(g, group, owned[i]![0]!)]));
  const { loss, correct, gradients, updates } = emitStep(g, graph, trace, batch, {
    pixels: feeds.get('pixels')!,
    labels: feeds.get('labels')!,
    imageWeights: feeds.get('imageWeights')!,
    labelSmoothing,
    weight: (name) => weights.get(name)!,
    mask: (layer) => feeds.get(maskInput(layer))!,
  });
  const stepSize = feeds.get('stepSize')!;
  const next = groups.flatMap((group, i) => {
    const [weight, ...kept] = owned[i]!;
    if (!group.trainable) return [joinMembers(g, group, (name) => updates.get(name) ?? weights.get(name)!)];
    const updated = emitUpdate(g, group, optimizer, { weight: weight!, slots: kept }, gradients, stepSize);
    return [updated.weight, ...updated.slots];
  });
  return { next, loss, correct };
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
  if (group.members.length === 1) return new Map([[group.members[0]!.name, packed]]);
  const sizes = group.members.map(({ size }) => size);
  const parts = g.multi(
    'Split',
    [packed, g.indices(sizes)],
    sizes.map((size) => [size]),
    { axis: 0 },
  );
  return new Map(group.members.map(({ name, dims }, i) => [name, g.reshape(parts[i]!, dims)]));
}
