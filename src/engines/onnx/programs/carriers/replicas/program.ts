import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../../../../base/tensor.js';
import type { Batch, ProgramState, StepResult } from '../../../../engine.js';
import { microBatchesOf } from '../../../../micro-batches.js';
import { imageTensors, weightTensors } from '../../batch-tensors.js';
import { gradientName, type KeptName, stateName } from '../../names.js';
import { halfChanged, Program, type ProgramSource } from '../program.js';
import { stepsOfACall } from '../steps-per-call.js';
import { gradientsGraph, updateGraph } from './graphs.js';
import { MeetingPoint, sharedMemory } from './meeting.js';
import {
  type Metrics,
  Replica,
  type ReplicaPlan,
  type ReplicaStep,
  type SentTensor,
  valuesComputed,
} from './replica.js';
import { shardsOf } from './shards.js';
import type { ReplicaThread } from './thread.js';

/** What a program of replicas is made from: its step is that of a part of the batch. */
export interface ReplicasSource extends ProgramSource {
  /** A thread for each replica but the first, which computes in this one. They end with the program. */
  readonly threads: readonly ReplicaThread[];
}

/**
 * Each batch in parts that are computed at the same time, every one by a replica of the network in a thread of its own:
 * threads then wait for each other twice a step instead of within every operation, and hand over gradients and weights alone.
 */
export class ReplicasProgram extends Program<Replica> {
  readonly stepsPerCall = stepsOfACall(this.step, this.batchSize);
  readonly #threads: readonly ReplicaThread[];
  /** Whether no step has been left half done. */
  #isWhole = true;

  readonly #meeting: MeetingPoint;
  /** What is being computed: settled, however it ends. */
  #training: Promise<unknown> = Promise.resolve();

  private constructor(source: ReplicasSource, first: Replica, meeting: MeetingPoint) {
    super(source, first);
    this.#threads = source.threads;
    this.#meeting = meeting;
    for (const [i, thread] of this.#threads.entries()) thread.onFailure = () => meeting.leave(i + 1);
  }

  /** @throws WorkError where the device does not take the programs */
  static async start(source: ReplicasSource): Promise<ReplicasProgram> {
    const { threads } = source;
    const [own, ...others] = plansOf(source);
    const started = threads.map((thread, i) => thread.ask({ kind: 'start', plan: others[i]! }, 'ready'));
    const all = Promise.allSettled([Replica.start(own!), ...started]);
    const [first, ...rest] = await all;
    const failed = [first, ...rest].find(({ status }) => status === 'rejected');
    if (failed === undefined && first.status === 'fulfilled') {
      return new ReplicasProgram(source, first.value, new MeetingPoint(own!.memory));
    }
    if (first.status === 'fulfilled') await first.value.release();
    await Promise.all(threads.map((thread) => thread.end()));
    throw (failed as PromiseRejectedResult).reason;
  }

  override async load(state: ProgramState): Promise<void> {
    await super.load(state);
    this.ownState(state);
    const sent = new Map([...this.state].map(([name, tensor]) => [name, sentOf(tensor)]));
    for (const thread of this.#threads) thread.tell({ kind: 'load', state: sent });
    this.session.load(this.state);
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const steps = batches.map((batch, i) => this.#partsOf(batch, sizes[i]!));
    const stepsOf = (replica: number) => steps.map((parts) => parts[replica]!);
    this.#isWhole = false;
    const others = this.#threads.map((thread, i) =>
      thread.ask({ kind: 'train', steps: stepsOf(i + 1) }, 'trained'),
    );
    // All of them end, as no replica waits for one that goes no further: nobody may be ended, or released, within a run.
    const all = Promise.allSettled([this.session.train(stepsOf(0)), ...others]);
    this.#training = all;
    const results = requireAll(await all);
    this.#isWhole = true;
    return results.map(([loss, correct]) => ({ loss, correct }));
  }

  /** What each replica computes of a batch. An image counts for as much as in the whole batch. */
  #partsOf(batch: Batch, stepSize: number): ReplicaStep[] {
    const { graph, trace } = this.step;
    const parts = this.#threads.length + 1;
    return microBatchesOf(batch, Math.ceil(this.batchSize / parts), parts).map((part) => {
      const tensors = {
        ...imageTensors(graph, [part], [trace.batch]),
        ...weightTensors([part.count], [trace.batch], [batch.count]),
      };
      const images = Object.entries(tensors).map(([name, tensor]) => [name, sentOf(tensor!)] as const);
      return { images: Object.fromEntries(images), stepSize };
    });
  }

  protected async fetchState(): Promise<ReadonlyMap<KeptName, Ort.Tensor>> {
    if (!this.#isWhole) throw halfChanged();
    if (this.step.slots.length > 0) await this.#fetchSlots();
    return this.state;
  }

  /** Takes the slots from where they are up to date. */
  async #fetchSlots(): Promise<void> {
    const reports = await Promise.all(this.#threads.map((thread) => thread.ask({ kind: 'slots' }, 'slots')));
    const shards = shardsOf(this.step, this.#threads.length + 1);
    for (const [i, { slots }] of reports.entries()) {
      for (const { at, kinds, from } of shards[i + 1]!) {
        for (const name of kinds.slice(1).map((kind) => stateName(kind, at))) {
          (this.state.get(name)!.data as Float32Array).set(slots.get(name)!, from);
        }
      }
    }
  }

  override async dispose(): Promise<void> {
    for (let replica = 0; replica <= this.#threads.length; replica++) this.#meeting.leave(replica);
    await this.#training;
    await Promise.all(this.#threads.map((thread) => thread.end()));
    await super.dispose();
  }
}

/** What the first replica gives, where nothing has failed. @throws what has; after a step that failed no replica goes further */
function requireAll([first, ...others]: readonly PromiseSettledResult<unknown>[]): readonly Metrics[] {
  const failed = [first!, ...others].find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  const metrics = (first as PromiseFulfilledResult<readonly Metrics[] | undefined>).value;
  if (metrics === undefined) throw halfChanged();
  return metrics;
}

/** What each replica is made from. */
function plansOf({ step, settings, threads }: ReplicasSource): ReplicaPlan[] {
  const trained = step.groups.flatMap(({ trainable, dims }, at) =>
    trainable ? [{ name: gradientName(at), dims }] : [],
  );
  const weights = trained.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
  const replicas = threads.length + 1;
  const memory = sharedMemory(replicas, valuesComputed(weights), weights);
  const shards = shardsOf(step, replicas);
  const gradients = gradientsGraph(step);
  return shards.map((own, replica) => {
    const update = updateGraph(step, own, replicas);
    return { replica, memory, gradients, update, trained, shards, settings };
  });
}

/** A view of memory would be sent with all that is around it. */
function sentOf({ type, dims, data }: Ort.Tensor): SentTensor {
  const values = data as Uint8Array;
  return { type, dims, data: values.byteLength < values.buffer.byteLength ? values.slice() : values };
}
