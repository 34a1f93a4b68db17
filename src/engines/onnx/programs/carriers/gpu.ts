import type * as Ort from 'onnxruntime-node';
import type { Graph } from '../../../../models/graph/graph.js';
import type { Batch, ProgramState, StepResult } from '../../../engine.js';
import { microBatchesOf } from '../../../micro-batches.js';
import { ort } from '../../library/onnxruntime.js';
import { createSession, runSession } from '../../library/session.js';
import type { Ref } from '../../write/ref.js';
import { GraphWriter } from '../../write/writer.js';
import { type FeedTensors, imageTensors, weightTensors } from '../batch-tensors.js';
import { type Feed, imageFeeds } from '../feeds.js';
import { type KeptName, METRICS, NUMBERS, nextName } from '../names.js';
import { stateTensors, sumTensors } from '../state.js';
import { emitStep, type FeedRefs, type StateRefs } from '../step.js';
import type { TrainingStep } from '../training-step.js';
import { gpuPorts, latestResults, uploads } from './gpu-ports.js';
import { Program, type ProgramSource } from './program.js';

/** What a run of `stepGraph` (one micro-batch) or `microStepGraph` reads. */
export function gpuFeeds(graph: Graph, batch: number, microBatches: number): Feed[] {
  const { stepSize, isFirst, isLast } = NUMBERS;
  const numbers = microBatches > 1 ? [stepSize, isFirst, isLast] : [stepSize];
  return [
    ...imageFeeds(graph, [batch]),
    ...numbers.map((name): Feed => ({ name, dims: [1], type: 'float32' })),
  ];
}

/** How a batch comes into a graph of one step, and how its results leave. */
export interface StepPorts {
  feeds(g: GraphWriter, feeds: readonly Feed[]): FeedRefs;
  results(g: GraphWriter, loss: Ref, correct: Ref): void;
}

/** One step in one run, for providers that cannot run a Loop where the weights live (WebGPU). */
export function stepGraph(step: TrainingStep, ports: StepPorts): Uint8Array {
  const g = new GraphWriter();
  const feeds = ports.feeds(g, gpuFeeds(step.graph, step.trace.batch, 1));
  const { next, loss, correct } = emitStep(g, step, feeds, stateInputs(g, step));
  for (const { name, group } of stateTensors(step)) {
    g.output(next.get(name)!, nextName(name), 'float32', group.dims);
  }
  ports.results(g, loss, correct);
  return g.encode();
}

/**
 * The same for one micro-batch of a step a run. Sums of gradients are state too; where `isFirst` is not 0 they begin
 * anew, and only where `isLast` is not 0 weights and slots change.
 */
function microStepGraph(step: TrainingStep, ports: StepPorts): Uint8Array {
  const { graph, groups, trace, microBatches } = step;
  const g = new GraphWriter();
  const feeds = ports.feeds(g, gpuFeeds(graph, trace.batch, microBatches));
  const [isFirst, isLast] = [NUMBERS.isFirst, NUMBERS.isLast].map((name) =>
    g.op('Greater', [feeds.get(name)!, g.constant(0)], [1]),
  );
  const choose = (condition: Ref, a: Ref, b: Ref): Ref => g.op('Where', [condition, a, b], a.dims);
  const state = stateInputs(g, step);
  const { next, loss, correct } = emitStep(g, step, feeds, state, (values) => {
    const sums = new Map(
      sumTensors(groups).map(({ name, group }) => {
        const value = values[groups.indexOf(group)]!;
        const sum = choose(isFirst!, value, g.add(g.input(name, group.dims), value));
        g.output(sum, nextName(name));
        return [group, sum];
      }),
    );
    return groups.map((group, i) => sums.get(group) ?? values[i]!);
  });
  for (const { name, group } of stateTensors(step)) {
    // Running values follow every micro-batch.
    const after = group.trainable ? choose(isLast!, next.get(name)!, state.get(name)!) : next.get(name)!;
    g.output(after, nextName(name), 'float32', group.dims);
  }
  ports.results(g, loss, correct);
  return g.encode();
}

function stateInputs(g: GraphWriter, step: TrainingStep): StateRefs {
  return new Map(stateTensors(step).map(({ name, group }) => [name, g.input(name, group.dims)]));
}

/** Hands tensors of these extents on unchanged: how they are read where they live on a GPU. */
function handOnGraph(tensors: ReadonlyMap<KeptName, readonly number[]>): Uint8Array {
  const g = new GraphWriter();
  for (const [name, dims] of tensors) g.output(g.input(name, dims), nextName(name));
  return g.encode();
}

/** Steps whose results are read together. */
const STEPS_PER_CALL = 16;

/** Losses and numbers of correct images that are kept until they are read. */
const metricsOf = ({ microBatches }: TrainingStep): number => 2 * STEPS_PER_CALL * microBatches;

/** Sessions that hand on the state, and the metrics. */
interface Readers {
  readonly state: Ort.InferenceSession;
  readonly metrics: Ort.InferenceSession;
}

/**
 * One step a run, with weights and slots in GPU buffers from step to step. Losses stay there too until the steps of a
 * call are all on their way: to read one the GPU must be done with its step, and would then wait for the next.
 */
export class GpuProgram extends Program {
  readonly stepsPerCall = STEPS_PER_CALL;
  readonly #readers: Readers;

  constructor(source: ProgramSource, session: Ort.InferenceSession, readers: Readers) {
    super(source, session);
    this.#readers = readers;
  }

  /** @throws WorkError where the device does not take the program */
  static async start(source: ProgramSource): Promise<GpuProgram> {
    const { step, settings } = source;
    const state = new Map(stateTensors(step).map(({ name, group }) => [name, group.dims]));
    const kept: KeptName[] = [METRICS, ...state.keys(), ...sumsOf(step).map(({ name }) => name)];
    const locations = Object.fromEntries(kept.map((name) => [nextName(name), 'gpu-buffer' as const]));
    const metrics = metricsOf(step);
    const model = (step.microBatches > 1 ? microStepGraph : stepGraph)(step, gpuPorts(metrics / 2));
    const session = await createSession(model, settings, locations);
    const readers = {
      state: await createSession(handOnGraph(state), settings),
      metrics: await createSession(handOnGraph(new Map([[METRICS, [metrics]]])), settings),
    };
    return new GpuProgram(source, session, readers);
  }

  override async load(state: ProgramState): Promise<void> {
    await super.load(state);
    const metrics = metricsOf(this.step);
    this.state.set(METRICS, new ort.Tensor('float32', new Float32Array(metrics), [metrics]));
    for (const { name, group } of sumsOf(this.step)) {
      this.state.set(name, new ort.Tensor('float32', new Float32Array(group.size), group.dims));
    }
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const results: StepResult[] = [];
    for (let first = 0; first < batches.length; first += this.stepsPerCall) {
      const few = batches.slice(first, first + this.stepsPerCall);
      const runs: number[] = [];
      for (const [i, batch] of few.entries()) runs.push(await this.#trainOne(batch, sizes[first + i]!));
      const outputs = await runSession(this.#readers.metrics, { [METRICS]: this.state.get(METRICS)! });
      const metrics = (outputs[nextName(METRICS)] as Ort.Tensor).data as Float32Array;
      results.push(...latestResults(metrics, runs));
    }
    return results;
  }

  /** Returns the number of its micro-batches. */
  async #trainOne(whole: Batch, stepSize: number): Promise<number> {
    const { graph, trace, microBatches } = this.step;
    const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), [1]);
    const all = microBatchesOf(whole, this.size);
    for (const [i, one] of all.entries()) {
      const values: FeedTensors = {
        ...imageTensors(graph, [one], [trace.batch]),
        ...weightTensors([one.count], [trace.batch], [whole.count]),
        [NUMBERS.stepSize]: scalar(stepSize),
        [NUMBERS.isFirst]: scalar(Number(i === 0)),
        [NUMBERS.isLast]: scalar(Number(i === all.length - 1)),
      };
      await this.#run(uploads(gpuFeeds(graph, trace.batch, microBatches), values));
    }
    return all.length;
  }

  async #run(feeds: Record<string, Ort.Tensor>): Promise<void> {
    const outputs = await runSession(this.session, { ...Object.fromEntries(this.state), ...feeds });
    for (const [name, before] of this.state) {
      before.dispose();
      this.state.set(name, outputs[nextName(name)] as Ort.Tensor);
    }
  }

  /** getData() of a tensor in a GPU buffer ends the process (onnxruntime-node 1.30): a program that copies reads it. */
  protected async fetchState(): Promise<ReadonlyMap<KeptName, Ort.Tensor>> {
    const names = stateTensors(this.step).map(({ name }) => name);
    const state = Object.fromEntries(names.map((name) => [name, this.state.get(name)!]));
    const outputs = await runSession(this.#readers.state, state);
    return new Map(names.map((name) => [name, outputs[nextName(name)] as Ort.Tensor]));
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    await this.#readers.state.release();
    await this.#readers.metrics.release();
  }
}

/** The sums of gradients that a program hands on: none where a batch is computed at once. */
function sumsOf({ groups, microBatches }: TrainingStep): ReturnType<typeof sumTensors> {
  return microBatches > 1 ? sumTensors(groups) : [];
}
