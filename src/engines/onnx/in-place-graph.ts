import { NCHWC } from './operators/nchwc.js';
import {
  type Computed,
  emitImages,
  emitMicroBatches,
  emitUpdates,
  type Feed,
  imageFeeds,
  stateDims,
  stateNames,
  type TrainingGraphOptions,
  weightsOf,
} from './training-graph.js';
import { GraphWriter, type Node, type Ref } from './writer.js';

/** The output that says that a run is over, see `runInPlace`. */
export const DONE = 'done';

/**
 * One step in one run, whose outputs may lie where its inputs are: weights and slots are read for the last time before
 * they are written. Those that stay as they are, such as the prototypes of an RBF layer, are no outputs.
 */
export function inPlaceGraph(options: TrainingGraphOptions): Uint8Array {
  const {
    graph,
    trace: { batch },
    parts,
    groups,
    slots,
  } = options;
  const g = new GraphWriter();
  g.emptySequence(DONE);
  const numbers: Feed[] = [{ name: 'stepSize', dims: [1], type: 'float32' }];
  if (parts > 1) numbers.push({ name: 'microBatches', dims: [], type: 'int64' });
  const feeds = new Map(
    [...imageFeeds(graph, parts > 1 ? [parts, batch] : [batch]), ...numbers].map(({ name, dims, type }) => [
      name,
      g.input(name, dims, type),
    ]),
  );
  const names = stateNames(groups, slots);
  const dims = stateDims(groups, slots);
  const state = names.map((name, i) => g.input(name, dims[i]!));
  const weights = weightsOf(options, state);
  const compute = parts > 1 ? emitMicroBatches : emitImages;
  const computed = compute(g, options, feeds, weights);
  const stepSizes = afterReading(g, feeds.get('stepSize')!, weights, computed);
  const next = emitUpdates(g, options, state, computed.values, (group) => stepSizes[group]!);
  requireWrittenLast(g, state, next);
  next.forEach((ref, i) => {
    if (ref.name !== state[i]!.name) g.output(ref, `next:${names[i]}`, 'float32', dims[i]);
  });
  g.output(computed.loss, 'loss');
  g.output(computed.correct, 'correct');
  return g.encode();
}

/**
 * The step size as each group's update gets it: not before the weights have been read for the last time. (The gradient of
 * a layer's input is made of the layer's weights, but that of the weights does not wait for it.)
 */
function afterReading(
  g: GraphWriter,
  stepSize: Ref,
  weights: readonly Ref[],
  { values, loss, correct }: Computed,
): Ref[] {
  const flow = new DataFlow(g.written());
  const needed = flow.ancestors([...values, loss, correct].map(({ name }) => name));
  g.scope = 'update';
  return values.map((value, i) => {
    const before = flow.ancestors([value.name]);
    const others = flow.readers(weights[i]!.name).filter((name) => needed.has(name) && !before.has(name));
    return after(g, stepSize, others);
  });
}

/** A vector as it is, once tensors of these names have been computed: nothing of each is joined to it. */
function after(g: GraphWriter, vector: Ref, names: readonly string[]): Ref {
  if (names.length === 0) return vector;
  const nothings = names.map((name) => {
    const flat = g.op('Reshape', [{ name, dims: [] }, g.indices([-1])], [0]);
    return g.op('Slice', [flat, g.indices([0]), g.indices([0])], [0]);
  });
  return g.op('Concat', [vector, ...nothings], vector.dims, { axis: 0 });
}

/** Operators that may write a value where they have just read it; a Loop does so after its last pass. */
const MAY_OVERWRITE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Loop']);

/** Makes sure that nothing reads a state that the new one has replaced. */
function requireWrittenLast(g: GraphWriter, state: readonly Ref[], next: readonly Ref[]): void {
  const flow = new DataFlow(g.written());
  const needed = flow.ancestors(next.map(({ name }) => name));
  state.forEach(({ name }, i) => {
    const writer = next[i]!.name;
    if (writer === name) return;
    const before = flow.ancestors([writer]);
    const late = flow.readers(name).find((reader) => needed.has(reader) && !before.has(reader));
    if (late !== undefined) throw new Error(`internal: ${late} may read ${name} when it has been replaced`);
    const node = flow.producer(writer);
    if (node?.input.includes(name) && !mayOverwrite(node, name)) {
      throw new Error(`internal: ${node.name} reads ${name} while it replaces it`);
    }
  });
}

function mayOverwrite({ opType, domain, input, captured }: Node, name: string): boolean {
  // The fourth input of a convolution in blocks is what it adds to, in place.
  if (domain === NCHWC) return opType === 'Conv' && !input.slice(0, 3).includes(name);
  return MAY_OVERWRITE.has(opType) && !captured.includes(name);
}

/** Operators that only move values, which ONNX Runtime may join to what reads their results. */
const MOVES = new Set(['Reshape', 'Transpose', 'Split', 'Gather', 'Slice', 'Concat', 'Pad', 'ReorderInput']);

/** Which node makes what, of what. */
class DataFlow {
  private readonly producers = new Map<string, Node>();
  private readonly consumers = new Map<string, Node[]>();

  constructor(nodes: readonly Node[]) {
    for (const node of nodes) {
      for (const name of node.output) this.producers.set(name, node);
      for (const name of [...node.input, ...node.captured]) {
        const known = this.consumers.get(name);
        if (known) known.push(node);
        else this.consumers.set(name, [node]);
      }
    }
  }

  producer(name: string): Node | undefined {
    return this.producers.get(name);
  }

  /** All tensors that are there when these are: themselves, what they are computed from, and what comes with those. */
  ancestors(names: readonly string[]): Set<string> {
    const found = new Set(names);
    for (const name of found) {
      const node = this.producers.get(name);
      for (const other of node ? [...node.output, ...node.input, ...node.captured] : []) found.add(other);
    }
    return found;
  }

  /** The first results that are computed of a tensor, however its values are moved before. */
  readers(name: string): string[] {
    return (this.consumers.get(name) ?? []).flatMap(({ opType, output }) =>
      MOVES.has(opType) ? output.flatMap((moved) => this.readers(moved)) : output.slice(0, 1),
    );
  }
}
