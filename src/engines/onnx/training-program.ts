import * as ort from 'onnxruntime-node';
import { dropoutsOf, type Graph, weightsOf } from '../../models/graph.js';
import { sizeOf, type Tensor, type Tensors } from '../../tensor.js';
import type { Batch, StepResult, TrainingOptions, TrainingProgram, TrainingState } from '../engine.js';
import { microBatchesOf, microBatchSize } from '../micro-batches.js';
import { type Group, groupsOf, kindsOf, packGroup, unpackGroup } from './parameters.js';
import { placedWeights } from './placement.js';
import { planTraining } from './plan.js';
import { createSession, type ProviderName, runSession, type SessionSettings } from './session.js';
import { traceGraph } from './trace.js';
import {
  copyGraph,
  loopGraph,
  maskInput,
  microStepGraph,
  stateNames,
  stepGraph,
  sumNames,
} from './training-graph.js';
import { optimizerOf } from './update.js';

/** Builds the program of a training step on a device. */
export async function createTrainingProgram(
  graph: Graph,
  options: TrainingOptions,
  settings: SessionSettings,
  channelBlock: number | null,
): Promise<TrainingProgram> {
  const begin = performance.now();
  const size = microBatchSize(options.batchSize, options.microBatches);
  const trace = planTraining(traceGraph(graph), size, channelBlock);
  const groups = groupsOf(graph, placedWeights(trace), LARGEST_GROUP[settings.provider]);
  const slots = optimizerOf(options.optimizer).slots(options.optimizer as never);
  const programs = {
    graph,
    trace,
    groups,
    slots,
    optimizer: options.optimizer,
    parts: options.microBatches ?? 1,
    labelSmoothing: options.labelSmoothing ?? 0,
  };
  const { parts } = programs;
  const { batch } = trace;
  const common = { graph, options, groups, slots, settings, batch, parts };
  if (settings.provider === 'webgpu') {
    const kept = [...stateNames(groups, slots), ...(parts > 1 ? sumNames(groups) : [])];
    const locations = Object.fromEntries(kept.map((name) => [`next:${name}`, 'gpu-buffer' as const]));
    const program = parts > 1 ? microStepGraph(programs) : stepGraph(programs);
    const session = await createSession(program, settings, locations);
    const copy = await createSession(copyGraph(groups, slots), settings);
    return new StepProgram({ ...common, session, buildMs: performance.now() - begin }, copy);
  }
  const session = await createSession(loopGraph(programs), settings);
  return new LoopProgram({ ...common, session, buildMs: performance.now() - begin });
}

/** Weights in a group. A WebGPU shader may use eight buffers on every device, and a group is split by one. */
const LARGEST_GROUP: Partial<Record<ProviderName, number>> = { webgpu: 7 };

interface Parts {
  readonly graph: Graph;
  readonly options: TrainingOptions;
  readonly groups: readonly Group[];
  readonly slots: readonly string[];
  readonly settings: SessionSettings;
  /** Images that are computed at once, and how many times a step. */
  readonly batch: number;
  readonly parts: number;
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
    const { graph, session, batch, parts } = this.parts;
    const extents = parts > 1 ? [batches.length, parts, batch] : [batches.length, batch];
    const stepSizes = this.stepSizes(learningRates);
    const feeds = {
      ...imageTensors(graph, batches, extents),
      ...weightTensors(
        batches.map(({ count }) => count),
        extents,
      ),
      stepSize: new ort.Tensor('float32', stepSizes, [batches.length]),
      ...(parts > 1 ? { microBatches: partsWithImages(batches, batch) } : {}),
    };
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

  override async load(state: TrainingState): Promise<void> {
    await super.load(state);
    const { groups, parts } = this.parts;
    if (parts === 1) return;
    for (const name of sumNames(groups)) {
      const { size, dims } = groups[Number(name.split(':')[1])]!;
      this.state[name] = new ort.Tensor('float32', new Float32Array(size), dims);
    }
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const results: StepResult[] = [];
    for (const [i, batch] of batches.entries()) results.push(await this.trainOne(batch, sizes[i]!));
    return results;
  }

  private async trainOne(whole: Batch, size: number): Promise<StepResult> {
    const { graph, batch, parts } = this.parts;
    const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
    const all = microBatchesOf(whole, batch);
    const sum = { loss: 0, correct: 0 };
    for (const [i, one] of all.entries()) {
      const feeds = {
        ...imageTensors(graph, [one], [batch]),
        ...weightTensors([one.count], [batch], whole.count),
        stepSize: scalar(size),
        ...(parts > 1
          ? { isFirst: scalar(Number(i === 0)), isLast: scalar(Number(i === all.length - 1)) }
          : {}),
      };
      const [result] = stepResults(await this.runStep(feeds));
      sum.loss += result!.loss;
      sum.correct += result!.correct;
    }
    return sum;
  }

  private async runStep(feeds: Record<string, ort.Tensor>): Promise<ort.InferenceSession.OnnxValueMapType> {
    const outputs = await runSession(this.parts.session, { ...this.state, ...feeds });
    for (const name of Object.keys(this.state)) {
      this.state[name]!.dispose();
      this.state[name] = outputs[`next:${name}`] as ort.Tensor;
    }
    return outputs;
  }

  /** getData() of a tensor in a GPU buffer ends the process (onnxruntime-node 1.30): a program that copies reads it. */
  protected async fetchState(): Promise<Record<string, ort.Tensor>> {
    const names = stateNames(this.parts.groups, this.parts.slots);
    const state = Object.fromEntries(names.map((name) => [name, this.state[name]!]));
    const outputs = await runSession(this.copy, state);
    return Object.fromEntries(names.map((name) => [name, outputs[`next:${name}`] as ort.Tensor]));
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

/** Batches' images, labels and masks as inputs of these leading extents; what a batch lacks is filled up with zeros. */
function imageTensors(
  graph: Graph,
  batches: readonly Batch[],
  extents: readonly number[],
): Record<string, ort.Tensor> {
  const images = sizeOf(extents) / batches.length;
  const bytes = (parts: readonly Uint8Array[], shape: readonly number[]) =>
    new ort.Tensor('uint8', joined(parts, images * sizeOf(shape), Uint8Array), [...extents, ...shape]);
  const labels = joined(
    batches.map((batch) => batch.labels),
    images,
    Int32Array,
  );
  const tensors: Record<string, ort.Tensor> = {
    pixels: bytes(
      batches.map(({ pixels }) => pixels),
      graph.input,
    ),
    labels: new ort.Tensor('int32', labels, extents),
  };
  for (const { name, shape } of dropoutsOf(graph)) {
    const masks = batches.map(
      ({ masks }) => masks.get(name) ?? new Uint8Array(images * sizeOf(shape)).fill(1),
    );
    tensors[maskInput(name)] = bytes(masks, shape);
  }
  return tensors;
}

/**
 * What each image counts for in the loss, and its share in the means of batch normalization; padding has 0 of either.
 * @param counts the real images of each batch
 * @param extents of the tensors; the last is the number of images that are computed at once
 * @param whole the real images of the step, where these are a part of it
 */
function weightTensors(
  counts: readonly number[],
  extents: readonly number[],
  whole?: number,
): Record<'imageWeights' | 'imageShares', ort.Tensor> {
  const images = sizeOf(extents) / counts.length;
  const size = extents.at(-1)!;
  const weights = new Float32Array(sizeOf(extents));
  const shares = new Float32Array(sizeOf(extents));
  counts.forEach((count, i) => {
    weights.fill(1 / (whole ?? count), i * images, i * images + count);
    for (let from = 0; from < count; from += size) {
      const here = Math.min(size, count - from);
      shares.fill(1 / here, i * images + from, i * images + from + here);
    }
  });
  return {
    imageWeights: new ort.Tensor('float32', weights, extents),
    imageShares: new ort.Tensor('float32', shares, extents),
  };
}

/** How many micro-batches of each batch hold images. */
function partsWithImages(batches: readonly Batch[], size: number): ort.Tensor {
  const parts = BigInt64Array.from(batches, ({ count }) => BigInt(Math.ceil(count / size)));
  return new ort.Tensor('int64', parts, [batches.length]);
}

/** Arrays one after the other, each in `length` values. */
function joined<A extends Uint8Array | Int32Array>(
  parts: readonly A[],
  length: number,
  make: new (length: number) => A,
): A {
  if (parts.length === 1 && parts[0]!.length === length) return parts[0]!;
  const all = new make(parts.length * length);
  parts.forEach((part, i) => {
    all.set(part, i * length);
  });
  return all;
}
