import type * as Ort from 'onnxruntime-node';
import type { Batch, StepResult } from '../../../engine.js';
import { ort } from '../../library/onnxruntime.js';
import { createSession, runSession } from '../../library/session.js';
import type { Ref } from '../../write/ref.js';
import { GraphWriter } from '../../write/writer.js';
import { batchTensors } from '../batch-tensors.js';
import { stepFeeds } from '../feeds.js';
import { type FeedName, type KeptName, NUMBERS, nextName, RESULTS, STEP_BODY } from '../names.js';
import { stateTensors } from '../state.js';
import { emitStep } from '../step.js';
import type { TrainingStep } from '../training-step.js';
import { Program, type ProgramSource } from './program.js';
import { stepsWorthwhile } from './steps-per-call.js';

/** Steps in a run, which may differ from run to run. */
const STEPS = 'k';

/**
 * Several steps in one run: the step is the body of an ONNX Loop that carries weights and slots from step to step, so
 * that they pass through JavaScript once a run (with 60 million weights and 16 steps a run 33 ms a step instead of 232).
 * Every feed has a leading extent, one entry a step; `steps` says how many there are, `microBatches` how many
 * micro-batches of each hold images.
 */
function loopGraph(step: TrainingStep): Uint8Array {
  const g = new GraphWriter();
  const body = stepBody(step, g);
  const state = stateTensors(step);
  const dims = state.map(({ group }) => group.dims);
  const steps = g.input(NUMBERS.steps, [], 'int64');
  const carried = state.map(({ name, group }) => g.input(name, group.dims));
  const results = g.multi('Loop', [steps, '', ...carried], [...dims, [1], [1]], { body: { graph: body } });
  state.forEach(({ name }, i) => g.output(results[i]!, nextName(name)));
  g.output(results.at(-2)!, RESULTS.loss, 'float32', [STEPS]);
  g.output(results.at(-1)!, RESULTS.correct, 'float32', [STEPS]);
  return g.encode();
}

/** One step. @param around the graph that the Loop is in, which gets the feeds of all steps as inputs */
function stepBody(step: TrainingStep, around: GraphWriter): GraphWriter {
  const body = new GraphWriter('s');
  const iteration = body.input(STEP_BODY.iteration, [], 'int64');
  body.output(body.input(STEP_BODY.goOn, [], 'bool'), STEP_BODY.goOnNext, 'bool');
  const feeds = new Map<FeedName, Ref>();
  for (const { name, dims, type } of stepFeeds(step, [])) {
    around.input(name, [STEPS, ...dims], type);
    const all = { name, dims: [1, ...dims] };
    feeds.set(name, body.op('Gather', [all, iteration], dims, { axis: 0 }));
  }
  const tensors = stateTensors(step);
  const state = new Map(
    tensors.map(({ name, group }) => [name, body.input(STEP_BODY.before(name), group.dims)]),
  );
  const { next, loss, correct } = emitStep(body, step, feeds, state);
  for (const { name, group } of tensors) {
    body.output(next.get(name)!, STEP_BODY.after(name), 'float32', group.dims);
  }
  body.output(loss, STEP_BODY.loss);
  body.output(correct, STEP_BODY.correct);
  return body;
}

/** Several steps a run, on the CPU (and CUDA). */
export class LoopProgram extends Program {
  readonly stepsPerCall = stepsWorthwhile(this.step, this.batchSize);

  /** @throws WorkError where the device does not take the program */
  static async start(source: ProgramSource): Promise<LoopProgram> {
    return new LoopProgram(source, await createSession(loopGraph(source.step), source.settings));
  }

  async train(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]> {
    const stepSizes = this.stepSizes(learningRates);
    const feeds = {
      ...batchTensors(this.step, this.size, batches, [batches.length]),
      [NUMBERS.stepSize]: new ort.Tensor('float32', stepSizes, [batches.length]),
      [NUMBERS.steps]: new ort.Tensor('int64', BigInt64Array.of(BigInt(batches.length)), []),
    };
    const results = await runSession(this.session, { ...Object.fromEntries(this.state), ...feeds });
    for (const name of this.state.keys()) this.state.set(name, results[nextName(name)] as Ort.Tensor);
    return stepResults(results);
  }

  protected fetchState(): Promise<ReadonlyMap<KeptName, Ort.Tensor>> {
    return Promise.resolve(this.state);
  }
}

function stepResults(results: Ort.InferenceSession.OnnxValueMapType): StepResult[] {
  const losses = (results[RESULTS.loss] as Ort.Tensor).data as Float32Array;
  const corrects = (results[RESULTS.correct] as Ort.Tensor).data as Float32Array;
  return Array.from(losses, (loss, i) => ({ loss, correct: corrects[i]! }));
}
