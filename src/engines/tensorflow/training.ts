import type { Scalar, Tensor as TfTensor, Variable } from '@tensorflow/tfjs-core';
import { WorkError } from '../../base/errors.js';
import type { Graph } from '../../models/graph/graph.js';
import type { Batch, ProgramState, StepResult, TrainingOptions, TrainingProgram } from '../engine.js';
import { microBatchesOf, microBatchSize } from '../micro-batches.js';
import type { Tensorflow } from './library.js';
import { checkTensors, loadWeights, saveTensors, saveWeights, toTf } from './tensors.js';
import { asWorkError, checkBatch, createLogitsModel, logitsOf, lossesOf, type TfModel } from './tf-model.js';
import { createUpdater, type Slot, type Trained, type Updater } from './update.js';

/** A training program: gradients by TensorFlow.js's own differentiation, updates by the optimizers' one rule. */
export function createTrainingProgram(
  tf: Tensorflow,
  graph: Graph,
  options: TrainingOptions,
): TrainingProgram {
  const start = performance.now();
  const { batchSize } = options;
  const network = createLogitsModel(tf, graph, 'training');
  const updater = createUpdater(tf, options.optimizer);
  const trained = updater.track(network.weights);
  const slots = trained.flatMap((one) => one.slots);
  const trainOne = createStep(tf, network, updater, trained, options);
  let step: number | null = null;
  return {
    batchSize,
    stepsPerCall: 1,
    buildMs: performance.now() - start,
    async load(state) {
      loadWeights(tf, network, state.weights);
      loadSlots(tf, slots, state, `${options.optimizer.name} state for ${graph.name}`);
      step = state.step;
    },
    async train(batches, learningRates) {
      const results: StepResult[] = [];
      for (const [i, batch] of batches.entries()) {
        if (step === null) throw new WorkError('internal: train before load; please report this.');
        checkBatch(network, batchSize, batch);
        results.push(await trainOne(batch, learningRates[i]!, step + 1));
        step += 1;
      }
      return results;
    },
    async save() {
      const saved = slots.map(({ fullName, variable }) => [fullName, variable] as const);
      return { weights: await saveWeights(network), slots: await saveTensors(saved), step: step ?? 0 };
    },
    async dispose() {
      network.model.dispose();
      tf.dispose(slots.map(({ variable }) => variable));
    },
  };
}

type Step = (batch: Batch, learningRate: number, number: number) => Promise<StepResult>;

/** One update; `number` is 1 for the first. The optimizer changes nothing before all gradients are there. */
function createStep(
  tf: Tensorflow,
  network: TfModel,
  updater: Updater,
  trained: readonly Trained[],
  { batchSize, microBatches, labelSmoothing = 0 }: TrainingOptions,
): Step {
  const size = microBatchSize(batchSize, microBatches);
  return async (batch, learningRate, number) => {
    try {
      const [loss, correct] = tf.tidy(() => {
        const found = accumulate(tf, microBatchesOf(batch, size), (images) =>
          differentiate(tf, network, trained, images, labelSmoothing),
        );
        trained.forEach((one, i) => {
          updater.update(one, found.gradients[i]!, learningRate, number);
        });
        return [found.loss, found.correct];
      });
      const result = { loss: (await loss!.data())[0]!, correct: (await correct!.data())[0]! };
      tf.dispose([loss!, correct!]);
      return result;
    } catch (error) {
      throw asWorkError(`TensorFlow.js failed in training step ${number} of ${network.graph.name}`, error);
    }
  };
}

interface Differentiated {
  readonly loss: TfTensor;
  readonly correct: TfTensor;
  readonly gradients: readonly TfTensor[];
}

/** The mean loss and gradients over all micro-batches, each at the weight of its images. Call it inside `tf.tidy`. */
function accumulate(
  tf: Tensorflow,
  microBatches: readonly Batch[],
  differentiate: (images: Batch) => Differentiated,
): Differentiated {
  const images = microBatches.reduce((sum, { count }) => sum + count, 0);
  let sum: Differentiated | undefined;
  for (const one of microBatches) {
    const before = sum;
    sum = tf.tidy(() => {
      const { loss, correct, gradients } = differentiate(one);
      const share = one.count / images;
      const plus = (a: TfTensor | undefined, b: TfTensor) => (a === undefined ? b : tf.add(a, b));
      const sums = {
        loss: plus(before?.loss, tf.mul(loss, share)),
        correct: plus(before?.correct, tf.cast(correct, 'float32')),
        gradients: gradients.map((gradient, i) => plus(before?.gradients[i], tf.mul(gradient, share))),
      };
      // It was kept apart from what ends here.
      tf.dispose(correct);
      return sums;
    });
    if (before !== undefined) tf.dispose([before.loss, before.correct, ...before.gradients]);
  }
  return sum!;
}

/** The mean loss over the real images and its gradients, one a trained weight. Call it inside `tf.tidy`. */
function differentiate(
  tf: Tensorflow,
  network: TfModel,
  trained: readonly Trained[],
  batch: Batch,
  smoothing: number,
): Differentiated {
  const variables = trained.map(({ weight }) => weight.variable.read() as Variable);
  let correct: TfTensor | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const [logits, ...further] = logitsOf(tf, network, batch, true);
    // variableGrads disposes of everything but the loss and the gradients.
    correct = tf.keep(countCorrect(tf, logits!, batch));
    const meanLoss = (one: TfTensor) => tf.mean(lossesOf(tf, network.graph, one, batch, smoothing));
    const loss = meanLoss(logits!);
    const auxiliary = further.map((one, i) => tf.mul(meanLoss(one), network.graph.auxiliaries[i]!.weight));
    return tf.addN([loss, ...auxiliary]) as Scalar;
  }, variables);
  return { loss: value, correct: correct!, gradients: variables.map(({ name }) => grads[name]!) };
}

/** Images whose largest logit is their label's, a tensor of no dimensions. */
function countCorrect(tf: Tensorflow, logits: TfTensor, batch: Batch): TfTensor {
  return tf.tidy(() => {
    const labels = tf.tensor1d(batch.labels.subarray(0, batch.count), 'int32');
    return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32'));
  });
}

/** A state at step 0 may come without slots: they begin as zeros. */
function loadSlots(tf: Tensorflow, slots: readonly Slot[], state: ProgramState, what: string): void {
  const fresh = state.step === 0 && state.slots.size === 0;
  const expected = slots.map(({ fullName, variable }) => ({ name: fullName, shape: variable.shape }));
  if (!fresh) checkTensors(what, state.slots, expected);
  for (const { fullName, variable } of slots) {
    tf.tidy(() => {
      variable.assign(fresh ? tf.zerosLike(variable) : toTf(tf, state.slots.get(fullName)!));
    });
  }
}
