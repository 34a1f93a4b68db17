import type * as Ort from 'onnxruntime-node';
import type { Batch, StepResult, TrainingState } from '../../engine.js';
import { microBatchesOf } from '../../micro-batches.js';
import { ort } from '../library/onnxruntime.js';
import { runSession } from '../library/session.js';
import { imageTensors, weightTensors } from './batch-tensors.js';
import { latestResults, METRICS, uploads } from './gpu-io.js';
import { type Parts, Program } from './program.js';
import { stepFeeds } from './step-graph.js';
import { stateNames, sumNames } from './training-graph.js';

/** Steps whose results are read together. */
export const GPU_STEPS_PER_CALL = 16;

/**
 * One step a run, with weights and slots in GPU buffers from step to step. Losses stay there too until the steps of a
 * call are all on their way: to read one the GPU must be done with its step, and would then wait for the next.
 */
export class StepProgram extends Program {
  readonly stepsPerCall = GPU_STEPS_PER_CALL;

  constructor(
    parts: Parts,
    private readonly copy: Ort.InferenceSession,
    private readonly read: Ort.InferenceSession,
  ) {
    super(parts);
  }

  override async load(state: TrainingState): Promise<void> {
    await super.load(state);
    const { groups, parts } = this.parts;
    const metrics = 2 * this.stepsPerCall * parts;
    this.state[METRICS] = new ort.Tensor('float32', new Float32Array(metrics), [metrics]);
    if (parts === 1) return;
    for (const name of sumNames(groups)) {
      const { size, dims } = groups[Number(name.split(':')[1])]!;
      this.state[name] = new ort.Tensor('float32', new Float32Array(size), dims);
    }
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const sizes = this.stepSizes(learningRates);
    const results: StepResult[] = [];
    for (let first = 0; first < batches.length; first += this.stepsPerCall) {
      const few = batches.slice(first, first + this.stepsPerCall);
      const runs: number[] = [];
      for (const [i, batch] of few.entries()) runs.push(await this.trainOne(batch, sizes[first + i]!));
      const outputs = await runSession(this.read, { [METRICS]: this.state[METRICS]! });
      results.push(...latestResults((outputs[`next:${METRICS}`] as Ort.Tensor).data as Float32Array, runs));
    }
    return results;
  }

  /** Returns the number of its micro-batches. */
  private async trainOne(whole: Batch, stepSize: number): Promise<number> {
    const { graph, batch, size, parts } = this.parts;
    const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), [1]);
    const all = microBatchesOf(whole, size);
    for (const [i, one] of all.entries()) {
      const values = {
        ...imageTensors(graph, [one], [batch]),
        ...weightTensors([one.count], [batch], [whole.count]),
        stepSize: scalar(stepSize),
        isFirst: scalar(Number(i === 0)),
        isLast: scalar(Number(i === all.length - 1)),
      };
      await this.runStep(uploads(stepFeeds(graph, batch, parts), values));
    }
    return all.length;
  }

  private async runStep(feeds: Record<string, Ort.Tensor>): Promise<void> {
    const outputs = await runSession(this.parts.session, { ...this.state, ...feeds });
    for (const name of Object.keys(this.state)) {
      this.state[name]!.dispose();
      this.state[name] = outputs[`next:${name}`] as Ort.Tensor;
    }
  }

  /** getData() of a tensor in a GPU buffer ends the process (onnxruntime-node 1.30): a program that copies reads it. */
  protected async fetchState(): Promise<Record<string, Ort.Tensor>> {
    const names = stateNames(this.parts.groups, this.parts.slots);
    const state = Object.fromEntries(names.map((name) => [name, this.state[name]!]));
    const outputs = await runSession(this.copy, state);
    return Object.fromEntries(names.map((name) => [name, outputs[`next:${name}`] as Ort.Tensor]));
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    await this.copy.release();
    await this.read.release();
  }
}
