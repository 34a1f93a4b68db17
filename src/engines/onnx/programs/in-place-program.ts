import type * as Ort from 'onnxruntime-node';
import { WorkError } from '../../../base/errors.js';
import type { Batch, StepResult, TrainingState } from '../../engine.js';
import { microBatchesOf } from '../../micro-batches.js';
import { ort } from '../library/onnxruntime.js';
import { imageTensors, partsWithImages, weightTensors } from './batch-tensors.js';
import { runInPlace, stateInPlace } from './in-place.js';
import type { InPlaceGraph } from './in-place-graph.js';
import { type Parts, Program } from './program.js';
import { stepsOfACall } from './steps-per-call.js';

/** One step a run, which changes weights and slots where they lie: they exist once, and nothing hands them over. */
export class InPlaceProgram extends Program {
  readonly stepsPerCall = stepsOfACall(this.parts, this.batchSize);
  private whole = true;
  private places: ReturnType<typeof stateInPlace> = { feeds: {}, results: {} };
  private readonly loss = new ort.Tensor('float32', new Float32Array(1), []);
  private readonly correct = new ort.Tensor('float32', new Float32Array(1), []);

  constructor(
    parts: Parts,
    private readonly graph: InPlaceGraph,
  ) {
    super(parts);
  }

  override async load(state: TrainingState): Promise<void> {
    await super.load(state);
    // A tensor that needed no packing is the caller's.
    const theirs = new Set([...state.weights.values(), ...state.slots.values()].map(({ data }) => data));
    for (const [name, { data, dims }] of Object.entries(this.state)) {
      const values = data as Float32Array<ArrayBuffer>;
      if (theirs.has(values)) this.state[name] = new ort.Tensor('float32', values.slice(), dims);
    }
    this.places = stateInPlace(this.state, this.graph);
    this.whole = true;
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const results: StepResult[] = [];
    for (const [i, batch] of batches.entries()) results.push(await this.trainOne(batch, sizes[i]!));
    return results;
  }

  private async trainOne(whole: Batch, stepSize: number): Promise<StepResult> {
    const { graph, session, batch, size, parts } = this.parts;
    const extents = parts > 1 ? [parts, batch] : [batch];
    const all = microBatchesOf(whole, size, parts);
    const feeds = {
      ...imageTensors(graph, all, extents),
      ...weightTensors(
        all.map(({ count }) => count),
        extents,
        all.map(() => whole.count),
      ),
      stepSize: new ort.Tensor('float32', Float32Array.of(stepSize), [1]),
      ...(parts > 1 ? { microBatches: partsWithImages([whole], size).reshape([]) } : {}),
    };
    const { loss, correct, places } = this;
    this.whole = false;
    await runInPlace(session, { ...places.feeds, ...feeds }, { ...places.results, loss, correct });
    this.whole = true;
    return { loss: (loss.data as Float32Array)[0]!, correct: (correct.data as Float32Array)[0]! };
  }

  protected fetchState(): Promise<Record<string, Ort.Tensor>> {
    if (!this.whole) {
      throw new WorkError(
        'The step that failed has left weights half changed: go on from the last checkpoint.',
      );
    }
    return Promise.resolve(this.state);
  }
}
