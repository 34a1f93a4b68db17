import type * as Ort from 'onnxruntime-node';
import type { Batch, StepResult } from '../../engine.js';
import { microBatchesOf } from '../../micro-batches.js';
import { ort } from '../library/onnxruntime.js';
import { runSession } from '../library/session.js';
import { imageTensors, partsWithImages, weightTensors } from './batch-tensors.js';
import { Program } from './program.js';
import { stepsWorthwhile } from './steps-per-call.js';

/** Several steps a run, on the CPU (and CUDA). */
export class LoopProgram extends Program {
  readonly stepsPerCall = stepsWorthwhile(this.parts, this.batchSize);

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const { graph, session, batch, size, parts } = this.parts;
    const extents = parts > 1 ? [batches.length, parts, batch] : [batches.length, batch];
    const stepSizes = this.stepSizes(learningRates);
    const all = batches.flatMap((whole) =>
      microBatchesOf(whole, size, parts).map((part) => ({ part, whole: whole.count })),
    );
    const feeds = {
      ...imageTensors(
        graph,
        all.map(({ part }) => part),
        extents,
      ),
      ...weightTensors(
        all.map(({ part }) => part.count),
        extents,
        all.map(({ whole }) => whole),
      ),
      stepSize: new ort.Tensor('float32', stepSizes, [batches.length]),
      ...(parts > 1 ? { microBatches: partsWithImages(batches, size) } : {}),
    };
    const steps = new ort.Tensor('int64', BigInt64Array.of(BigInt(batches.length)), []);
    const results = await runSession(session, { ...this.state, ...feeds, steps });
    for (const name of Object.keys(this.state)) this.state[name] = results[`next:${name}`] as Ort.Tensor;
    return stepResults(results);
  }

  protected fetchState(): Promise<Record<string, Ort.Tensor>> {
    return Promise.resolve(this.state);
  }
}

function stepResults(results: Ort.InferenceSession.OnnxValueMapType): StepResult[] {
  const losses = (results.loss as Ort.Tensor).data as Float32Array;
  const corrects = (results.correct as Ort.Tensor).data as Float32Array;
  return Array.from(losses, (loss, i) => ({ loss, correct: corrects[i]! }));
}
