import type * as Ort from 'onnxruntime-node';
import { messageOf } from '../../../../base/errors.js';
import { sizeOf } from '../../../../base/tensor.js';
import type { Batch, ProgramState, StepResult } from '../../../engine.js';
import { ort } from '../../library/onnxruntime.js';
import { createSession, failure } from '../../library/session.js';
import type { GradientInRows } from '../../operators/contract/operator.js';
import { DataFlow } from '../../write/data-flow.js';
import { requireWrittenLast } from '../../write/overwriting.js';
import type { Ref } from '../../write/ref.js';
import { GraphWriter } from '../../write/writer.js';
import { batchTensors } from '../batch-tensors.js';
import { stepFeeds } from '../feeds.js';
import {
  type KeptName,
  NUMBERS,
  nextName,
  RESULTS,
  type SliceName,
  type StateName,
  sliceName,
  stateName,
  WEIGHTS,
} from '../names.js';
import type { Group } from '../parameters.js';
import { type Slice, slicesOf } from '../slices.js';
import { kindsOf } from '../state.js';
import { type Computed, emitGradients } from '../step.js';
import type { TrainingStep } from '../training-step.js';
import { emitUpdate } from '../update.js';
import { halfChanged, Program, type ProgramSource } from './program.js';
import { stepsOfACall } from './steps-per-call.js';

/** The tensors of the state that are written in slices, with the extents of each slice. */
type Sliced = ReadonlyMap<StateName, readonly (readonly number[])[]>;

interface InPlaceGraph {
  readonly model: Uint8Array;
  /** What suits it of ONNX Runtime's optimizations. */
  readonly optimization: 'disabled' | 'all';
  readonly sliced: Sliced;
}

/** Nodes from which ONNX Runtime's optimizations only take time (vgg16, 4,600: 0.7 to 1.0 s instead of 1.6 to 1.9, and its step takes the same). */
const MANY_NODES = 2000;

/**
 * One step in one run, whose outputs may lie where its inputs are: weights and slots are read for the last time before
 * they are written. Those that stay as they are, such as the prototypes of an RBF layer, are no outputs.
 * @throws an internal error where something could read what has been overwritten
 */
export function inPlaceGraph(step: TrainingStep): InPlaceGraph {
  const g = new GraphWriter();
  g.emptySequence(RESULTS.done);
  const feeds = new Map(
    stepFeeds(step, [1]).map(({ name, dims, type }) => [name, g.input(name, dims, type)]),
  );
  const weights = step.groups.map(({ dims }, i) => g.input(stateName(WEIGHTS, i), dims));
  const computed = emitGradients(g, step, feeds, weights);
  const flow = new DataFlow(g.written());
  const stepSizes = afterReading(g, flow, feeds.get(NUMBERS.stepSize)!, weights, computed);
  const updates = step.groups.map((group, at) => {
    const names = kindsOf(group, step.slots).map((kind) => stateName(kind, at));
    const update = { at, group, names, whole: weights[at]!, stepSize: stepSizes[at]! };
    return emitWrites(g, step, update, computed);
  });
  const writes = updates.flatMap((update) => update.writes);
  requireWrittenLast(
    flow,
    writes.map(({ next, memory }) => ({ next: next.name, memory: memory.map(({ name }) => name) })),
  );
  for (const { name, next, memory } of writes) g.output(next, nextName(name), 'float32', memory[0]!.dims);
  g.output(computed.loss, RESULTS.loss);
  g.output(computed.correct, RESULTS.correct);
  const optimization = g.written().length > MANY_NODES ? 'disabled' : 'all';
  return { model: g.encode(), optimization, sliced: new Map(updates.flatMap(({ sliced }) => [...sliced])) };
}

/**
 * The step size as each group's update gets it: not before the weights have been read for the last time. (The gradient of
 * a layer's input is made of the layer's weights, but that of the weights does not wait for it.)
 */
function afterReading(
  g: GraphWriter,
  flow: DataFlow,
  stepSize: Ref,
  weights: readonly Ref[],
  { values, loss, correct }: Computed,
): Ref[] {
  const needed = flow.neededFor([...values, loss, correct].map(({ name }) => name));
  const readLate = values.map((value, i) => {
    const before = flow.neededFor([value.name]);
    const others = flow.readers(weights[i]!.name).filter((at) => needed[at] && !before[at]);
    return others.map((at) => flow.node(at).output[0]!);
  });
  g.scope = 'update';
  return readLate.map((names) => after(g, stepSize, names));
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

/** A new state or slice of one. */
interface Write {
  readonly name: StateName | SliceName;
  readonly next: Ref;
  /** The inputs that lie where it is to be written, the one it replaces first. */
  readonly memory: readonly Ref[];
}

/** A group on its way to its update. */
interface GroupUpdate {
  readonly at: number;
  readonly group: Group;
  /** The names of its weights and slots. */
  readonly names: readonly StateName[];
  /** Its tensor of weights. */
  readonly whole: Ref;
  readonly stepSize: Ref;
}

/** What is written of a group, and which of its tensors in slices. */
interface GroupWrites {
  readonly writes: readonly Write[];
  readonly sliced: Sliced;
}

/** Writes the update of a group: slice by slice where it has several. Running values are just replaced. */
function emitWrites(
  g: GraphWriter,
  step: TrainingStep,
  update: GroupUpdate,
  computed: Computed,
): GroupWrites {
  const { at, group, names, whole } = update;
  const value = computed.values[at]!;
  if (!group.trainable) {
    const isKept = value.name === whole.name;
    return { writes: isKept ? [] : [{ name: names[0]!, next: value, memory: [whole] }], sliced: new Map() };
  }
  const inRows = computed.inRows?.get(group.members[0]!.name);
  const slices = inRows ? slicesOf(group, step.trace.blocks) : [];
  if (slices.length > 0) return emitSlices(g, step, update, slices, inRows!);
  const slots = names.slice(1).map((slot) => g.input(slot, group.dims));
  const writes = updated(g, step, update, { names, replaced: [whole, ...slots], gradient: value });
  return { writes, sliced: new Map() };
}

function emitSlices(
  g: GraphWriter,
  step: TrainingStep,
  update: GroupUpdate,
  slices: readonly Slice[],
  inRows: GradientInRows,
): GroupWrites {
  const { whole } = update;
  const gradients = inRows(slices.map(({ rows }) => rows));
  const writes = slices.flatMap(({ dims }, slice) => {
    const names = update.names.map((name) => sliceName(name, slice));
    const replaced = names.map((name) => g.input(name, dims));
    const gradient = g.reshape(gradients[slice]!, dims);
    return updated(g, step, update, { names, replaced, gradient, also: [whole] });
  });
  const extents = slices.map(({ dims }) => dims);
  return { writes, sliced: new Map(update.names.map((name) => [name, extents])) };
}

/** Weights and slots of a group, or a slice of each, in their places. */
interface Replaced {
  readonly names: readonly (StateName | SliceName)[];
  readonly replaced: readonly Ref[];
  readonly gradient: Ref;
  /** What else lies where the weights do. */
  readonly also?: readonly Ref[];
}

/** Writes the optimizer's formula. What it leaves as it is is not written. */
function updated(
  g: GraphWriter,
  { optimizer }: TrainingStep,
  { group, stepSize }: GroupUpdate,
  { names, replaced, gradient, also = [] }: Replaced,
): Write[] {
  const [weight, ...slots] = replaced;
  const next = emitUpdate(g, group, optimizer, { weight: weight!, slots }, gradient, stepSize);
  return [next.weight, ...next.slots].flatMap((ref, kind) => {
    const before = replaced[kind]!;
    if (ref.name === before.name) return [];
    return [{ name: names[kind]!, next: ref, memory: kind === 0 ? [before, ...also] : [before] }];
  });
}

/**
 * Runs a program whose first output is `RESULTS.done`, an empty sequence, and writes the others where `results` lie: to
 * memory of inputs too, where the program allows it. onnxruntime-node would then copy each of them once more, but it
 * refuses to hand out a sequence, after the run and before any copy. (67 MB of state: 6 ms a run instead of 75.)
 * @throws WorkError with ONNX Runtime's reason.
 */
export async function runInPlace(
  session: Ort.InferenceSession,
  feeds: Readonly<Record<string, Ort.Tensor>>,
  results: Readonly<Record<string, Ort.Tensor>>,
): Promise<void> {
  try {
    await session.run(feeds, { [RESULTS.done]: null, ...results });
  } catch (error) {
    if (!REFUSAL.test(messageOf(error))) throw failure(error);
  }
}

const REFUSAL = /^Non tensor type is (temporarily )?not supported/;

/** The same tensors twice: as a program reads them and as it writes them. */
interface StateInPlace {
  readonly feeds: Readonly<Record<string, Ort.Tensor>>;
  readonly results: Readonly<Record<string, Ort.Tensor>>;
}

/** Weights and slots as a program reads and writes them, in slices too. */
export function stateInPlace(
  state: ReadonlyMap<KeptName, Ort.Tensor>,
  { sliced }: InPlaceGraph,
): StateInPlace {
  const feeds = new Map(state);
  for (const [name, extents] of sliced) {
    const values = state.get(name)!.data as Float32Array;
    let at = 0;
    for (const [slice, dims] of extents.entries()) {
      const own = values.subarray(at, at + sizeOf(dims));
      feeds.set(sliceName(name, slice), new ort.Tensor('float32', own, dims));
      at += own.length;
    }
  }
  const results = [...feeds].map(([name, tensor]) => [nextName(name), tensor]);
  return { feeds: Object.fromEntries(feeds), results: Object.fromEntries(results) };
}

/** One step a run, which changes weights and slots where they lie: they exist once, and nothing hands them over. */
export class InPlaceProgram extends Program {
  readonly stepsPerCall = stepsOfACall(this.step, this.batchSize);
  readonly #graph: InPlaceGraph;
  /** Whether no step has been left half done. */
  #isWhole = true;
  #places: StateInPlace = { feeds: {}, results: {} };
  readonly #loss = new ort.Tensor('float32', new Float32Array(1), []);
  readonly #correct = new ort.Tensor('float32', new Float32Array(1), []);

  constructor(source: ProgramSource, session: Ort.InferenceSession, graph: InPlaceGraph) {
    super(source, session);
    this.#graph = graph;
  }

  /** @throws WorkError where the device does not take the program */
  static async start(source: ProgramSource): Promise<InPlaceProgram> {
    const graph = inPlaceGraph(source.step);
    const settings = { ...source.settings, optimization: graph.optimization };
    return new InPlaceProgram(source, await createSession(graph.model, settings), graph);
  }

  override async load(state: ProgramState): Promise<void> {
    await super.load(state);
    this.ownState(state);
    this.#places = stateInPlace(this.state, this.#graph);
    this.#isWhole = true;
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const results: StepResult[] = [];
    for (const [i, batch] of batches.entries()) results.push(await this.#trainOne(batch, sizes[i]!));
    return results;
  }

  async #trainOne(batch: Batch, stepSize: number): Promise<StepResult> {
    const [loss, correct] = [this.#loss, this.#correct];
    const feeds = {
      ...this.#places.feeds,
      ...batchTensors(this.step, this.size, [batch], []),
      [NUMBERS.stepSize]: new ort.Tensor('float32', Float32Array.of(stepSize), [1]),
    };
    const results = { ...this.#places.results, [RESULTS.loss]: loss, [RESULTS.correct]: correct };
    this.#isWhole = false;
    await runInPlace(this.session, feeds, results);
    this.#isWhole = true;
    return { loss: (loss.data as Float32Array)[0]!, correct: (correct.data as Float32Array)[0]! };
  }

  protected fetchState(): Promise<ReadonlyMap<KeptName, Ort.Tensor>> {
    if (!this.#isWhole) throw halfChanged();
    return Promise.resolve(this.state);
  }
}
