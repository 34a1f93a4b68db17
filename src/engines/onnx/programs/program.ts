import type * as Ort from 'onnxruntime-node';
import type { Tensor, Tensors } from '../../../base/tensor.js';
import { type Graph, weightsOf } from '../../../models/graph/graph.js';
import type { Batch, StepResult, TrainingOptions, TrainingProgram, TrainingState } from '../../engine.js';
import { ort } from '../library/onnxruntime.js';
import type { SessionSettings } from '../library/session.js';
import { type Group, kindsOf, packGroup, unpackGroup } from './parameters.js';
import { optimizerOf } from './update.js';

export interface Parts {
  readonly graph: Graph;
  readonly options: TrainingOptions;
  readonly groups: readonly Group[];
  readonly slots: readonly string[];
  readonly settings: SessionSettings;
  /** Images that are computed at once, with those that only fill up blocks. */
  readonly batch: number;
  /** Images of a batch among them. */
  readonly size: number;
  /** How many times a step. */
  readonly parts: number;
  readonly session: Ort.InferenceSession;
  readonly buildMs: number;
}

/** What both kinds of program share: state by name, and its way in and out. */
export abstract class Program implements TrainingProgram {
  readonly batchSize: number;
  readonly buildMs: number;
  abstract readonly stepsPerCall: number;
  protected state: Record<string, Ort.Tensor> = {};
  private stepsDone = 0;

  constructor(protected readonly parts: Parts) {
    this.batchSize = parts.options.batchSize;
    this.buildMs = parts.buildMs;
  }

  abstract train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]>;

  /** The state as tensors in main memory. */
  protected abstract fetchState(): Promise<Record<string, Ort.Tensor>>;

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
