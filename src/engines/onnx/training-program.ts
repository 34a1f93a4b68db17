import * as ort from 'onnxruntime-node';
import { dropoutsOf, type Graph, weightsOf } from '../../models/graph.js';
import { sizeOf, type Tensor, type Tensors } from '../../tensor.js';
import type { Batch, StepResult, TrainingOptions, TrainingProgram, TrainingState } from '../engine.js';
import { type Group, groupsOf, kindsOf, packGroup, unpackGroup } from './parameters.js';
import { planTraining } from './plan.js';
import { createSession, runSession, type SessionSettings } from './session.js';
import { traceGraph, weightLayouts } from './trace.js';
import { copyGraph, feedsOf, loopGraph, maskInput, stateNames, stepGraph } from './training-graph.js';
import { optimizerOf } from './update.js';

/** Builds the program of a training step on a device. */
export async function createTrainingProgram(
  graph: Graph,
  options: TrainingOptions,
  settings: SessionSettings,
): Promise<TrainingProgram> {
  const begin = performance.now();
  const trace = planTraining(traceGraph(graph));
  const groups = groupsOf(graph, weightLayouts(trace));
  const slots = optimizerOf(options.optimizer).slots(options.optimizer as never);
  const programs = {
    graph,
    trace,
    groups,
    slots,
    optimizer: options.optimizer,
    batch: options.batchSize,
    labelSmoothing: options.labelSmoothing ?? 0,
  };
  const common = { graph, options, groups, slots, settings };
  if (settings.provider === 'webgpu') {
    const locations = Object.fromEntries(
      stateNames(groups, slots).map((name) => [`next:${name}`, 'gpu-buffer' as const]),
    );
    const session = await createSession(stepGraph(programs), settings, locations);
    const copy = await createSession(copyGraph(groups, slots), settings);
    return new StepProgram({ ...common, session, buildMs: performance.now() - begin }, copy);
  }
  const session = await createSession(loopGraph(programs), settings);
  return new LoopProgram({ ...common, session, buildMs: performance.now() - begin });
}

interface Parts {
  readonly graph: Graph;
  readonly options: TrainingOptions;
  readonly groups: readonly Group[];
  readonly slots: readonly string[];
  readonly settings: SessionSettings;
  readonly session: ort.InferenceSession;
  readonly buildMs: number;
}

/** What both kinds of program share: state by name, and its way in and out. */
abstract class Program implements TrainingProgram {
  readonly batchSize: number;
  readonly buildMs: number;
  abstract readonly stepsPerCall: number;
  protected state: Record<string, ort.Tensor> = {};
  private stepsDone = 0;

  constructor(protected readonly parts: Parts) {
    this.batchSize = parts.options.batchSize;
    this.buildMs = parts.buildMs;
  }

  abstract train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]>;

  /** The state as tensors in main memory. */
  protected abstract fetchState(): Promise<Record<string, ort.Tensor>>;

  load({ weights, slots, step }: TrainingState): Promise<void> {
    this.releaseState();
    this.state = {};
    this.parts.groups.forEach((group, i) => {
      for (const kind of kindsOf(group, this.parts.slots)) {
        const data = kind === 'weights' ? packGroup(group, weights) : packSlot(group, slots, kind);
        this.state[`${kind}:${i}`] = new ort.Tensor('float32', data, group.dims);
      }
    });
    this.stepsDone = step;
    return Promise.resolve();
  }

  async save(): Promise<TrainingState> {
    const state = await this.fetchState();
    const shapes = new Map(weightsOf(this.parts.graph).map(({ fullName, spec }) => [fullName, spec.shape]));
    const read = (kind: string, suffix: string): Tensors => {
      const tensors = new Map<string, Tensor>();
      this.parts.groups.forEach((group, i) => {
        const packed = state[`${kind}:${i}`];
        if (packed) unpackGroup(group, packed.data as Float32Array, shapes, tensors, suffix);
      });
      return tensors;
    };
    const slots = new Map(this.parts.slots.flatMap((slot) => [...read(slot, `/${slot}`)]));
    return { weights: read('weights', ''), slots, step: this.stepsDone };
  }

  async dispose(): Promise<void> {
    this.releaseState();
    await this.parts.session.release();
  }

  /** The step sizes of the next updates, and counts them. */
  protected stepSizes(learningRates: readonly number[]): Float32Array {
    const { optimizer } = this.parts.options;
    return Float32Array.from(learningRates, (rate) =>
      optimizerOf(optimizer).stepSize(optimizer as never, rate, ++this.stepsDone),
    );
  }

  protected releaseState(): void {
    for (const tensor of Object.values(this.state)) tensor.dispose();
  }
}

/** A state without slots is one before the first step: they begin as zeros. */
function packSlot(group: Group, slots: Tensors, slot: string): Float32Array {
  return slots.size === 0 ? new Float32Array(group.size) : packGroup(group, slots, `/${slot}`);
}

/** Several steps a run, on the CPU (and CUDA). */
class LoopProgram extends Program {
  readonly stepsPerCall = stepsWorthwhile(this.parts, this.batchSize);

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const { session } = this.parts;
    const feeds = batchFeeds(this.parts.graph, this.batchSize, batches, this.stepSizes(learningRates));
    const steps = new ort.Tensor('int64', BigInt64Array.of(BigInt(batches.length)), []);
    const results = await runSession(session, { ...this.state, ...feeds, steps });
    for (const name of Object.keys(this.state)) this.state[name] = results[`next:${name}`] as ort.Tensor;
    return stepResults(results);
  }

  protected fetchState(): Promise<Record<string, ort.Tensor>> {
    return Promise.resolve(this.state);
  }
}

/** One step a run, with weights and slots in GPU buffers from step to step. */
class StepProgram extends Program {
  readonly stepsPerCall = 16;

  constructor(
    parts: Parts,
    private readonly copy: ort.InferenceSession,
  ) {
    super(parts);
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const results: StepResult[] = [];
    for (const [i, batch] of batches.entries()) {
      const feeds = batchFeeds(this.parts.graph, this.batchSize, [batch], sizes.subarray(i, i + 1), true);
      const outputs = await runSession(this.parts.session, { ...this.state, ...feeds });
      for (const name of Object.keys(this.state)) {
        this.state[name]!.dispose();
        this.state[name] = outputs[`next:${name}`] as ort.Tensor;
      }
      results.push(...stepResults(outputs));
    }
    return results;
  }

  /** getData() of a tensor in a GPU buffer ends the process (onnxruntime-node 1.30): a program that copies reads it. */
  protected async fetchState(): Promise<Record<string, ort.Tensor>> {
    const outputs = await runSession(this.copy, this.state);
    return Object.fromEntries(
      Object.keys(this.state).map((name) => [name, outputs[`next:${name}`] as ort.Tensor]),
    );
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    await this.copy.release();
  }
}

/**
 * Steps a run: about half a second's worth at 200 GFLOP/s, so that stopping stays quick; up to four where weights and
 * slots are so large that handing them over (2 GB/s) would otherwise cost more than a twentieth of the time.
 */
function stepsWorthwhile({ graph, groups, slots }: Parts, batch: number): number {
  // A training step costs three times the forward pass, at two operations a multiply-accumulate.
  const operations = 6 * batch * graph.nodes.reduce((sum, node) => sum + node.macs, 0);
  const stepMs = operations / 2e8;
  const handOverMs = groups.reduce((sum, group) => sum + group.size * kindsOf(group, slots).length, 0) / 5e5;
  const steps = Math.max(500 / stepMs, Math.min(4, handOverMs / (0.05 * stepMs)));
  return Math.max(1, Math.min(16, Math.round(steps)));
}

function stepResults(results: ort.InferenceSession.OnnxValueMapType): StepResult[] {
  const losses = (results.loss as ort.Tensor).data as Float32Array;
  const corrects = (results.correct as ort.Tensor).data as Float32Array;
  return Array.from(losses, (loss, i) => ({ loss, correct: corrects[i]! }));
}

/** Batches as a program's inputs, joined along a leading extent of one entry a step (or, `single`, without it). */
function batchFeeds(
  graph: Graph,
  batchSize: number,
  batches: readonly Batch[],
  stepSizes: Float32Array,
  single = false,
): Record<string, ort.Tensor> {
  const dimsOf = new Map(
    feedsOf(graph, batchSize).map(({ name, dims }) => [name, single ? dims : [batches.length, ...dims]]),
  );
  const bytes = (name: string, part: (batch: Batch) => Uint8Array) =>
    [name, new ort.Tensor('uint8', joined(batches.map(part), Uint8Array), dimsOf.get(name)!)] as const;
  const weights = batches.map(({ count }) => new Float32Array(batchSize).fill(1 / count, 0, count));
  return Object.fromEntries<ort.Tensor>([
    bytes('pixels', (batch) => batch.pixels),
    [
      'labels',
      new ort.Tensor(
        'int32',
        joined(
          batches.map((b) => b.labels),
          Int32Array,
        ),
        dimsOf.get('labels')!,
      ),
    ],
    ['imageWeights', new ort.Tensor('float32', joined(weights, Float32Array), dimsOf.get('imageWeights')!)],
    ['stepSize', new ort.Tensor('float32', stepSizes, dimsOf.get('stepSize')!)],
    ...dropoutsOf(graph).map(({ name, shape }) =>
      bytes(
        maskInput(name),
        (batch) => batch.masks.get(name) ?? new Uint8Array(batchSize * sizeOf(shape)).fill(1),
      ),
    ),
  ]);
}

function joined<A extends Uint8Array | Int32Array | Float32Array>(
  parts: readonly A[],
  make: new (length: number) => A,
): A {
  if (parts.length === 1) return parts[0]!;
  const all = new make(parts.length * parts[0]!.length);
  parts.forEach((part, i) => {
    all.set(part, i * part.length);
  });
  return all;
}
