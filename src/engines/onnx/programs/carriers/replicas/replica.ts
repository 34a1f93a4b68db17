import type * as Ort from 'onnxruntime-node';
import { sizeOf } from '../../../../../base/tensor.js';
import { ort } from '../../../library/onnxruntime.js';
import { createSession, type SessionSettings } from '../../../library/session.js';
import { gradientName, NUMBERS, nextName, RESULTS, type StateName, stateName, WEIGHTS } from '../../names.js';
import { runInPlace } from '../in-place.js';
import { MeetingPoint, type SharedMemory } from './meeting.js';
import type { Shard } from './shards.js';

/** A tensor on its way between threads. */
export type SentTensor = Pick<Ort.Tensor, 'type' | 'dims' | 'data'>;

/** All that a replica is made from, in whatever thread. */
export interface ReplicaPlan {
  /** Its number, from 0. */
  readonly replica: number;
  readonly memory: SharedMemory;
  /** As `gradientsGraph` and `updateGraph` write them. */
  readonly gradients: Uint8Array;
  readonly update: Uint8Array;
  /** The gradients of trained groups, as they come out. */
  readonly trained: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** Of all replicas. */
  readonly shards: readonly (readonly Shard[])[];
  readonly settings: SessionSettings;
}

/** Scalars that a replica computes besides gradients. */
const METRICS = [RESULTS.loss, RESULTS.correct];

/** Values that each replica computes of its part of a step. */
export const valuesComputed = (weights: number): number => weights + METRICS.length;

/** A replica's part of a step. */
export interface ReplicaStep {
  /** Its images, as `gradientsGraph` reads them. */
  readonly images: Readonly<Record<string, SentTensor>>;
  readonly stepSize: number;
}

/** The loss and the number of correct images of a whole step. */
export type Metrics = readonly [loss: number, correct: number];

type Tensors = Readonly<Record<string, Ort.Tensor>>;

/**
 * One of several copies of a network, each of which computes a part of every batch. A replica updates its shard of the weights
 * from the gradients of all parts, which it adds up in the order of the replicas, and takes the other weights from the
 * others: the copies stay the same to the last bit. The optimizer's slots of a weight are up to date where it is updated.
 * (Rajbhandari et al., "ZeRO", 2020, section 5.1: the optimizer's state in parts.)
 *
 * What is shared is written before one of the two meetings of a step and read between it and the next: nobody writes what
 * another still reads.
 */
export class Replica {
  readonly #plan: ReplicaPlan;
  readonly #shards: readonly Shard[];
  readonly #meeting: MeetingPoint;
  readonly #gradients: Ort.InferenceSession;
  readonly #update: Ort.InferenceSession;
  /** What its part of a step gives: gradients, then metrics. */
  readonly #computed: Tensors;
  /** The gradients of its shards, of every part. */
  readonly #parts: Tensors;
  #state: Tensors = {};
  /** Its shards of the state, which are views of it, as they are read and as they are written. */
  #read: Tensors = {};
  #written: Tensors = {};

  private constructor(plan: ReplicaPlan, gradients: Ort.InferenceSession, update: Ort.InferenceSession) {
    this.#plan = plan;
    this.#shards = plan.shards[plan.replica]!;
    this.#meeting = new MeetingPoint(plan.memory);
    this.#gradients = gradients;
    this.#update = update;
    const outputs = [...plan.trained, ...METRICS.map((name) => ({ name, dims: [] }))];
    this.#computed = Object.fromEntries(outputs.map(({ name, dims }) => [name, zeros(dims)]));
    this.#parts = Object.fromEntries(
      plan.shards.flatMap((_, part) =>
        this.#shards.map(({ at, length }) => [gradientName(at, part), zeros([length])]),
      ),
    );
  }

  /** @throws WorkError where ONNX Runtime does not take the programs */
  static async start(plan: ReplicaPlan): Promise<Replica> {
    const gradients = await createSession(plan.gradients, plan.settings);
    return new Replica(plan, gradients, await createSession(plan.update, plan.settings));
  }

  /** @param state weights and slots by name, which it changes where they lie */
  load(state: ReadonlyMap<string, Ort.Tensor>): void {
    this.#state = Object.fromEntries(state);
    const own = this.#shards.flatMap(({ at, kinds, from, length }) =>
      kinds.map((kind): [StateName, Ort.Tensor] => {
        const values = state.get(stateName(kind, at))!.data as Float32Array;
        return [
          stateName(kind, at),
          new ort.Tensor('float32', values.subarray(from, from + length), [length]),
        ];
      }),
    );
    this.#read = Object.fromEntries(own);
    this.#written = Object.fromEntries(own.map(([name, tensor]) => [nextName(name), tensor]));
  }

  /** A copy of its shards of the slots, by the names of the slots. */
  slots(): Map<StateName, Float32Array> {
    const names = this.#shards.flatMap(({ at, kinds }) => kinds.slice(1).map((kind) => stateName(kind, at)));
    return new Map(names.map((name) => [name, (this.#read[name]!.data as Float32Array).slice()]));
  }

  /**
   * Makes one update a step.
   * @returns what each step tells; undefined where another replica goes no further
   * @throws WorkError where a run failed: the others wait for this one no more
   */
  async train(steps: readonly ReplicaStep[]): Promise<Metrics[] | undefined> {
    const results: Metrics[] = [];
    try {
      for (const step of steps) {
        const metrics = await this.#trainOne(step);
        if (metrics === undefined) return undefined;
        results.push(metrics);
      }
      return results;
    } catch (error) {
      this.#meeting.leave(this.#plan.replica);
      throw error;
    }
  }

  async #trainOne({ images, stepSize }: ReplicaStep): Promise<Metrics | undefined> {
    const feeds = Object.fromEntries(Object.entries(images).map(([name, sent]) => [name, tensorOf(sent)]));
    await runInPlace(this.#gradients, { ...this.#state, ...feeds }, this.#computed);
    this.#handComputedIn();
    if (!(await this.#meeting.meet(this.#plan.replica))) return undefined;
    const metrics = this.#takeParts();
    const stepSizes = new ort.Tensor('float32', Float32Array.of(stepSize), [1]);
    const inputs = { ...this.#read, ...this.#parts, [NUMBERS.stepSize]: stepSizes };
    await runInPlace(this.#update, inputs, this.#written);
    this.#handWeightsIn();
    if (!(await this.#meeting.meet(this.#plan.replica))) return undefined;
    this.#takeWeights();
    return metrics;
  }

  #handComputedIn(): void {
    const { memory, replica } = this.#plan;
    const shared = new Float32Array(memory.computed[replica]!);
    let place = 0;
    for (const { data } of Object.values(this.#computed)) {
      shared.set(data as Float32Array, place);
      place += data.length;
    }
  }

  /** Takes what every part gives for its shards. @returns the metrics of the whole step */
  #takeParts(): Metrics {
    let [loss, correct] = [0, 0];
    for (const [part, memory] of this.#plan.memory.computed.entries()) {
      const shared = new Float32Array(memory);
      for (const { at, place, length } of this.#shards) {
        const gradient = this.#parts[gradientName(at, part)]!.data as Float32Array;
        gradient.set(shared.subarray(place, place + length));
      }
      loss = Math.fround(loss + shared.at(-2)!);
      correct += shared.at(-1)!;
    }
    return [loss, correct];
  }

  #handWeightsIn(): void {
    const shared = new Float32Array(this.#plan.memory.weights);
    for (const { at, place } of this.#shards) {
      shared.set(this.#read[stateName(WEIGHTS, at)]!.data as Float32Array, place);
    }
  }

  #takeWeights(): void {
    const { memory, shards, replica } = this.#plan;
    const shared = new Float32Array(memory.weights);
    for (const { at, from, length, place } of shards.filter((_, other) => other !== replica).flat()) {
      const weights = this.#state[stateName(WEIGHTS, at)]!.data as Float32Array;
      weights.set(shared.subarray(place, place + length), from);
    }
  }

  async release(): Promise<void> {
    await this.#gradients.release();
    await this.#update.release();
  }
}

const zeros = (dims: readonly number[]): Ort.Tensor =>
  new ort.Tensor('float32', new Float32Array(sizeOf(dims)), dims);

export const tensorOf = ({ type, data, dims }: SentTensor): Ort.Tensor =>
  new ort.Tensor(type as 'float32', data as Float32Array, dims);
