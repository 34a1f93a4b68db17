import { DataFlow } from '../write/data-flow.js';
import type { Blocks } from '../write/map-layout.js';
import { NCHWC } from '../write/nchwc.js';
import type { Node } from '../write/node.js';
import type { Ref } from '../write/ref.js';
import { GraphWriter } from '../write/writer.js';
import { type Group, kindsOf, ROW } from './parameters.js';
import {
  type Computed,
  emitImages,
  emitMicroBatches,
  type Feed,
  imageFeeds,
  type TrainingGraphOptions,
} from './training-graph.js';
import { emitUpdate } from './update.js';

/** The output that says that a run is over, see `runInPlace`. */
export const DONE = 'done';

export interface InPlaceGraph {
  readonly model: Uint8Array;
  /** What suits it of ONNX Runtime's optimizations. */
  readonly optimization: 'disabled' | 'all';
  /** Of state that is written in parts: their extents, by its name. The names of the parts are those of `partName`. */
  readonly parts: ReadonlyMap<string, readonly (readonly number[])[]>;
}

export const partName = (name: string, part: number): string => `${name}/${part}`;

/** Nodes from which ONNX Runtime's optimizations only take time (vgg16, 4,600: 0.7 to 1.0 s instead of 1.6 to 1.9, and its step takes the same). */
const MANY_NODES = 2000;

/**
 * One step in one run, whose outputs may lie where its inputs are: weights and slots are read for the last time before
 * they are written. Those that stay as they are, such as the prototypes of an RBF layer, are no outputs.
 */
export function inPlaceGraph(options: TrainingGraphOptions): InPlaceGraph {
  const {
    graph,
    trace: { batch },
    parts,
    groups,
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
  const weights = groups.map(({ dims }, i) => g.input(`weights:${i}`, dims));
  const computed = (parts > 1 ? emitMicroBatches : emitImages)(g, options, feeds, weights);
  const stepSizes = afterReading(g, feeds.get('stepSize')!, weights, computed);
  const written = new Map<string, readonly (readonly number[])[]>();
  const writes = groups.flatMap((_, i) =>
    emitWrites(g, options, { group: i, whole: weights[i]!, computed, stepSize: stepSizes[i]!, written }),
  );
  requireWrittenLast(g, writes);
  for (const { name, next, memory } of writes) g.output(next, `next:${name}`, 'float32', memory[0]!.dims);
  g.output(computed.loss, 'loss');
  g.output(computed.correct, 'correct');
  const optimization = g.written().length > MANY_NODES ? 'disabled' : 'all';
  return { model: g.encode(), optimization, parts: written };
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
  const nodes = [...g.written()];
  const flow = new DataFlow(nodes);
  const needed = flow.neededFor([...values, loss, correct].map(({ name }) => name));
  g.scope = 'update';
  return values.map((value, i) => {
    const before = flow.neededFor([value.name]);
    const others = flow.readers(weights[i]!.name).filter((at) => needed[at] && !before[at]);
    return after(
      g,
      stepSize,
      others.map((at) => nodes[at]!.output[0]!),
    );
  });
}

/** A vector as it is, once tensors of these names have been computed: nothing of each is joined to it. */
function after(g: GraphWriter, vector: Ref, names: readonly string[]): Ref {
  if (names.length === 0) return vector;
  const nothings = names.map((name) => {
    const flat = g.op('Reshape', [{ name, dims: [] }, g.indices([-1])], [0]);
    return g.slice(flat, 0, 0, 0);
  });
  return g.op('Concat', [vector, ...nothings], vector.dims, { axis: 0 });
}

/** A new state or part of one. */
interface Write {
  readonly name: string;
  readonly next: Ref;
  /** The inputs that lie where it is to be written, the one it replaces first. */
  readonly memory: readonly Ref[];
}

/** Writes the update of a group. */
function emitWrites(
  g: GraphWriter,
  { groups, slots, optimizer, trace }: TrainingGraphOptions,
  {
    group: i,
    whole,
    computed: { values, inRows },
    stepSize,
    written,
  }: {
    readonly group: number;
    readonly whole: Ref;
    readonly computed: Computed;
    readonly stepSize: Ref;
    /** Takes what is written in parts. */
    readonly written: Map<string, readonly (readonly number[])[]>;
  },
): Write[] {
  const group = groups[i]!;
  const [name, ...slotNames] = kindsOf(group, slots).map((kind) => `${kind}:${i}`);
  const update = (own: readonly string[], replaced: readonly Ref[], gradient: Ref, also: readonly Ref[]) => {
    const [weight, ...kept] = replaced;
    const updated = emitUpdate(g, group, optimizer, { weight: weight!, slots: kept }, gradient, stepSize);
    return [updated.weight, ...updated.slots].flatMap((next, kind): Write[] => {
      const before = replaced[kind]!;
      if (next.name === before.name) return [];
      return [{ name: own[kind]!, next, memory: kind === 0 ? [before, ...also] : [before] }];
    });
  };
  const value = values[i]!;
  if (!group.trainable) {
    return value.name === whole.name ? [] : [{ name: name!, next: value, memory: [whole] }];
  }
  const few = inRows?.get(group.members[0]!.name);
  const parts = few ? partsOf(group, trace.blocks) : [];
  if (parts.length < 2) {
    const kept = slotNames.map((slot) => g.input(slot, group.dims));
    return update([name!, ...slotNames], [whole, ...kept], value, []);
  }
  for (const one of [name!, ...slotNames]) {
    written.set(
      one,
      parts.map(({ dims }) => dims),
    );
  }
  const gradients = few!(parts.map(({ rows }) => rows));
  return parts.flatMap(({ dims }, part) => {
    const own = [name!, ...slotNames].map((one) => partName(one, part));
    const replaced = own.map((one) => g.input(one, dims));
    return update(own, replaced, g.reshape(gradients[part]!, dims), [whole]);
  });
}

/**
 * Values in a part of a matrix whose gradient is computed and used part by part: what the steps of an update hand on to
 * each other stays in the processor's cache, and the whole gradient is nowhere. (4096 x 4096 at a batch of 16, SGD: 15 ms
 * instead of 20 to 30; 30976 x 512 at 8, RMSprop: 21 instead of 40.)
 */
const PART = 2 ** 20;

/** The rows of a large matrix in each part, and the part's extents, which are of the same kind as the group's. */
function partsOf({ members, size, dims }: Group, { channels }: Blocks): { rows: number; dims: number[] }[] {
  const [first, ...others] = members;
  if (others.length > 0 || first!.dims.length !== 2) return [];
  const [all, columns] = first!.dims as [number, number];
  const inBlocks = dims.length === 4;
  // The rows that make up whole rows of a map in blocks.
  let unit = 1;
  while (inBlocks && (unit * columns) % (channels * ROW) !== 0) unit *= 2;
  const rows = unit * Math.max(1, Math.round(PART / columns / unit));
  const count = Math.ceil(size / (rows * columns));
  return Array.from({ length: count }, (_, part) => {
    const own = Math.min(rows, all - part * rows);
    const values = own * columns;
    return { rows: own, dims: inBlocks ? [1, channels, values / (channels * ROW), ROW] : [values] };
  });
}

/** Operators that may write a value where they have just read it; a Loop does so after its last pass. */
const MAY_OVERWRITE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Loop']);

/** Makes sure that nothing reads a state that the new one has replaced. */
function requireWrittenLast(g: GraphWriter, writes: readonly Write[]): void {
  const nodes = g.written();
  const flow = new DataFlow(nodes);
  const needed = flow.neededFor(writes.map(({ next }) => next.name));
  for (const { next, memory } of writes) {
    const before = flow.neededFor([next.name]);
    const node = flow.producer(next.name);
    for (const { name } of memory) {
      const late = flow.readers(name).find((at) => needed[at] && !before[at]);
      if (late !== undefined) {
        throw new Error(`internal: ${nodes[late]!.name} may read ${name} when it has been replaced`);
      }
      if (node?.input.includes(name) && !mayOverwrite(node, name)) {
        throw new Error(`internal: ${node.name} reads ${name} while it replaces it`);
      }
    }
  }
}

function mayOverwrite({ opType, domain, input, captured }: Node, name: string): boolean {
  // The fourth input of a convolution in blocks is what it adds to, in place.
  if (domain === NCHWC) return opType === 'Conv' && !input.slice(0, 3).includes(name);
  return MAY_OVERWRITE.has(opType) && !captured.includes(name);
}
