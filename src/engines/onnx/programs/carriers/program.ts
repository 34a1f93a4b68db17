import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../../base/errors.js';
import { optimizerNamed } from '../../../../recipe/optimizers/index.js';
import type { Batch, ProgramState, StepResult, TrainingOptions, TrainingProgram } from '../../../engine.js';
import { microBatchSize } from '../../../micro-batches.js';
import { ort } from '../../library/onnxruntime.js';
import type { SessionSettings } from '../../library/session.js';
import type { KeptName } from '../names.js';
import { packTensor, stateTensors, unpackState } from '../state.js';
import type { TrainingStep } from '../training-step.js';

/** What a program is made from. */
export interface ProgramSource {
  readonly step: TrainingStep;
  readonly options: TrainingOptions;
  readonly settings: SessionSettings;
  /** When its making began, as `performance.now()` has it. */
  readonly begin: number;
}

/** What to say where a step has failed between updates of weights. */
export const halfChanged = (): WorkError =>
  new WorkError('The step that failed has left weights half changed: go on from the last checkpoint.');

/** What a program runs, which is to be released. */
interface Runs {
  release(): Promise<void>;
}

/** What every carrier of a step has in common: the state by name, and its way in and out. */
export abstract class Program<S extends Runs = Ort.InferenceSession> implements TrainingProgram {
  readonly batchSize: number;
  readonly buildMs: number;
  abstract readonly stepsPerCall: number;
  /** Weights and slots, and whatever else a carrier hands on from run to run. */
  protected state = new Map<KeptName, Ort.Tensor>();
  protected readonly step: TrainingStep;
  /** Images of a batch in one micro-batch, without those that only fill up blocks. */
  protected readonly size: number;
  #stepsDone = 0;

  /** @param session what the program runs, which is ready */
  constructor(
    { step, options, begin }: ProgramSource,
    protected readonly session: S,
  ) {
    this.step = step;
    this.batchSize = options.batchSize;
    this.size = microBatchSize(options.batchSize, options.microBatches);
    this.buildMs = performance.now() - begin;
  }

  abstract train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]>;

  /** Weights and slots as tensors in main memory. @throws WorkError */
  protected abstract fetchState(): Promise<ReadonlyMap<KeptName, Ort.Tensor>>;

  /** @throws WorkError where a tensor is missing or of another size */
  load(state: ProgramState): Promise<void> {
    this.releaseState();
    this.state = new Map(
      stateTensors(this.step).map((one) => [
        one.name,
        new ort.Tensor('float32', packTensor(one, state), one.group.dims),
      ]),
    );
    this.#stepsDone = state.step;
    return Promise.resolve();
  }

  /** Copies what of the state is still the caller's, as a tensor is that needed no packing: for carriers that change it where it lies. */
  protected ownState({ weights, slots }: ProgramState): void {
    const theirs = new Set([...weights.values(), ...slots.values()].map(({ data }) => data));
    for (const [name, { data, dims }] of this.state) {
      const values = data as Float32Array<ArrayBuffer>;
      if (theirs.has(values)) this.state.set(name, new ort.Tensor('float32', values.slice(), dims));
    }
  }

  async save(): Promise<ProgramState> {
    const state = await this.fetchState();
    const valuesOf = (name: KeptName) => state.get(name)!.data as Float32Array;
    const unpacked = unpackState(this.step.graph, stateTensors(this.step), valuesOf);
    return { ...unpacked, step: this.#stepsDone };
  }

  async dispose(): Promise<void> {
    this.releaseState();
    await this.session.release();
  }

  /** The step sizes of the next updates, and counts them. */
  protected stepSizes(learningRates: readonly number[]): Float32Array {
    const { optimizer } = this.step;
    return Float32Array.from(learningRates, (rate) =>
      optimizerNamed(optimizer).stepSize(optimizer, rate, ++this.#stepsDone),
    );
  }

  protected releaseState(): void {
    for (const tensor of this.state.values()) tensor.dispose();
  }
}
