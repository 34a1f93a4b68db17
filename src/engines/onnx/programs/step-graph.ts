import type { Graph } from '../../../models/graph/graph.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import type { Group } from './parameters.js';
import {
  emitImages,
  emitUpdates,
  type Feed,
  imageFeeds,
  stateDims,
  stateNames,
  sumName,
  type TrainingGraphOptions,
  weightsOf,
} from './training-graph.js';

/** What a run of `stepGraph` (one part) or `microStepGraph` reads, by name. */
export function stepFeeds(graph: Graph, batch: number, parts: number): Feed[] {
  const numbers = parts > 1 ? ['stepSize', 'isFirst', 'isLast'] : ['stepSize'];
  return [
    ...imageFeeds(graph, [batch]),
    ...numbers.map((name) => ({ name, dims: [1], type: 'float32' as const })),
  ];
}

/** How a batch comes into a graph of one step, and how its results leave. */
export interface StepPorts {
  feeds(g: GraphWriter, feeds: readonly Feed[]): ReadonlyMap<string, Ref>;
  results(g: GraphWriter, loss: Ref, correct: Ref): void;
}

/** One step in one run, for providers that cannot run a Loop where the weights live (WebGPU). */
export function stepGraph(options: TrainingGraphOptions, ports: StepPorts): Uint8Array {
  const {
    graph,
    trace: { batch },
    groups,
    slots,
  } = options;
  const g = new GraphWriter();
  const feeds = ports.feeds(g, stepFeeds(graph, batch, 1));
  const stepSize = feeds.get('stepSize')!;
  const names = stateNames(groups, slots);
  const dims = stateDims(groups, slots);
  const state = names.map((name, i) => g.input(name, dims[i]!));
  const { values, loss, correct } = emitImages(g, options, feeds, weightsOf(options, state));
  const next = emitUpdates(g, options, state, values, stepSize);
  next.forEach((ref, i) => g.output(ref, `next:${names[i]}`, 'float32', dims[i]));
  ports.results(g, loss, correct);
  return g.encode();
}

/**
 * The same for one micro-batch of a step a run. Sums of gradients are state too; where `isFirst` is not 0 they begin
 * anew, and only where `isLast` is not 0 weights and slots change.
 */
export function microStepGraph(options: TrainingGraphOptions, ports: StepPorts): Uint8Array {
  const {
    graph,
    trace: { batch },
    groups,
    slots,
  } = options;
  const g = new GraphWriter();
  const feeds = ports.feeds(g, stepFeeds(graph, batch, options.parts));
  const stepSize = feeds.get('stepSize')!;
  const [isFirst, isLast] = ['isFirst', 'isLast'].map((name) =>
    g.op('Greater', [feeds.get(name)!, g.constant(0)], [1]),
  );
  const choose = (condition: Ref, a: Ref, b: Ref): Ref => g.op('Where', [condition, a, b], a.dims);
  const names = stateNames(groups, slots);
  const dims = stateDims(groups, slots);
  const state = names.map((name, i) => g.input(name, dims[i]!));
  const { values, loss, correct } = emitImages(g, options, feeds, weightsOf(options, state));
  const sums = groups.map(({ trainable, dims: of }, i) => {
    if (!trainable) return values[i]!;
    const sum = choose(isFirst!, values[i]!, g.add(g.input(sumName(i), of), values[i]!));
    g.output(sum, `next:${sumName(i)}`);
    return sum;
  });
  const next = emitUpdates(g, options, state, sums, stepSize);
  const running = new Set(groups.flatMap(({ trainable }, i) => (trainable ? [] : [`weights:${i}`])));
  names.forEach((name, i) => {
    const after = running.has(name) ? next[i]! : choose(isLast!, next[i]!, state[i]!);
    g.output(after, `next:${name}`, 'float32', dims[i]);
  });
  ports.results(g, loss, correct);
  return g.encode();
}

/** Hands the state on unchanged: how it is read where it lives on a GPU. */
export function copyGraph(groups: readonly Group[], slots: readonly string[]): Uint8Array {
  const dims = stateDims(groups, slots);
  return handOnGraph(new Map(stateNames(groups, slots).map((name, i) => [name, dims[i]!])));
}

/** The same of tensors with these extents. */
export function handOnGraph(tensors: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const g = new GraphWriter();
  for (const [name, dims] of tensors) g.output(g.input(name, dims), `next:${name}`);
  return g.encode();
}
