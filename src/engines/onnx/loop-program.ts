import * as ort from 'onnxruntime-node';
import type { Batch, StepResult } from '../engine.js';
import { imageTensors, partsWithImages, weightTensors } from './batch-tensors.js';
import { kindsOf } from './parameters.js';
import { type Parts, Program } from './program.js';
import { runSession } from './session.js';

/** Several steps a run, on the CPU (and CUDA). */
export class LoopProgram extends Program {
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

/**
 * Steps a run: about half a second's worth at 200 GFLOP/s, so that stopping stays quick; up to four where handing weights
 * and slots over (2 GB/s) would otherwise cost more than a hundredth of the time, in runs of up to three seconds, or more
 * than a twentieth, in longer ones.
 */
function stepsWorthwhile({ graph, groups, slots }: Parts, batch: number): number {
  // A training step costs three times the forward pass, at two operations a multiply-accumulate.
  const operations = 6 * batch * graph.nodes.reduce((sum, node) => sum + node.macs, 0);
  const stepMs = operations / 2e8;
  const handOverMs = groups.reduce((sum, group) => sum + group.size * kindsOf(group, slots).length, 0) / 5e5;
  const until = (share: number) => handOverMs / (share * stepMs);
  const worthwhile = Math.min(4, Math.max(until(0.05), Math.min(until(0.01), 3000 / stepMs)));
  return Math.max(1, Math.min(16, Math.round(Math.max(500 / stepMs, worthwhile))));
}

function stepResults(results: ort.InferenceSession.OnnxValueMapType): StepResult[] {
  const losses = (results.loss as ort.Tensor).data as Float32Array;
  const corrects = (results.correct as ort.Tensor).data as Float32Array;
  return Array.from(losses, (loss, i) => ({ loss, correct: corrects[i]! }));
}
