import { copyOf, type Tensors } from '../base/tensor.js';
import type { Split } from '../data/sets/dataset.js';
import type { InferenceProgram, ProgramState, StepResult, TrainingProgram } from '../engines/engine.js';
import { microBatchSize } from '../engines/micro-batches.js';
import { initialWeights } from '../models/graph/initial-weights.js';
import type { Checkpoint } from '../runs/checkpoint.js';
import type { EndEvent, TrainingEvent } from '../runs/events.js';
import { lineInterval } from '../runs/metrics.js';
import type { Predictions } from '../runs/predictions.js';
import * as progress from '../runs/progress.js';
import type { TestResult } from '../runs/run-info.js';
import { Divergence, divergenceError, requireFinite, requireFiniteWeights } from './divergence.js';
import { epochBatches, type VariedImages, variedImages } from './epoch-batches.js';
import { predict } from './evaluation/evaluation.js';
import { everyMs, Pace, stopwatch } from './pace.js';
import { type LearningRates, learningRates } from './settings/learning-rates.js';
import { needsTest, standingOf } from './settings/targets.js';
import { trainSteps } from './steps.js';
import { endEvent, lookEvent, startEvent, stepEvent } from './trainer-events.js';
import type { TrainerOptions } from './trainer-options.js';

/** What comes back from work that the user has stopped. */
const STOPPED = Symbol('stopped');
type Stopped = typeof STOPPED;

const EVENT_MS = 100;
const CHECKPOINT_MS = 30_000;
/** Checkpoints between the ends of epochs may take at most this share of the time. */
const CHECKPOINT_SHARE = 0.05;

/**
 * Trains a run to its end, or to where the user stops it, and tells what happens. Weights and progress are kept in the run's folder.
 * @throws WorkError when the loss is no longer a number (after an end event), or something cannot be written.
 */
export async function* train(options: TrainerOptions): AsyncGenerator<TrainingEvent, void> {
  const trainer = new Trainer(options);
  try {
    yield* trainer.run();
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    yield await trainer.diverged();
    throw divergenceError(error, options.folder, options.config.optimizer.learningRate);
  } finally {
    await trainer.dispose();
  }
}

class Trainer {
  readonly #lap = stopwatch();
  readonly #isTimeForEvent = everyMs(EVENT_MS);
  readonly #pace = new Pace();
  readonly #stepsPerEpoch: number;
  readonly #learningRateAt: LearningRates;
  #progress: progress.RunProgress;
  #program: TrainingProgram | undefined;
  #inference: InferenceProgram | undefined;
  #varied: VariedImages | undefined;
  /** What the looks at other images after an epoch take. */
  #lookSeconds = 0;
  /** What the test images said of the weights of an epoch. */
  #tested: { readonly predictions: Predictions; readonly weightsOf: number } | undefined;
  #lastLoss = 0;
  #nextCheckpoint = 0;

  readonly #options: TrainerOptions;

  constructor(options: TrainerOptions) {
    this.#options = options;
    const { checkpoint, config, folder } = options;
    this.#progress = checkpoint?.progress ?? progress.NO_PROGRESS;
    this.#stepsPerEpoch = folder.info.stepsPerEpoch;
    this.#learningRateAt = options.learningRateAt ?? learningRates(config, this.#stepsPerEpoch);
  }

  async *run(): AsyncGenerator<TrainingEvent, void> {
    const { config, resolvedConfig, engine, graph, folder, checkpoint, resumed } = this.#options;
    yield startEvent(folder, resolvedConfig, config.optimizer.name, resumed);
    this.#program = await engine.trainingProgram(graph, config);
    const begun = () => this.#options.initialWeights ?? initialWeights(graph, config.seed);
    const fresh = () => ({ weights: begun(), slots: new Map(), step: 0 });
    await this.#program.load(checkpoint?.state ?? fresh());
    this.#varied = await variedImages(this.#options.data.train, graph, config);
    this.#scheduleCheckpoint(0);
    let reached = yield* this.#isDone();
    while (reached === false && this.#progress.epoch < config.epochs && !this.#isPatienceOver) {
      if ((yield* this.#trainEpoch()) === STOPPED) return yield* this.#halt();
      if ((yield* this.#finishEpoch()) === STOPPED) return yield* this.#halt();
      reached = yield* this.#isDone();
      if (this.#options.stopRequest() === 'after-epoch') break;
    }
    const test = reached === STOPPED ? STOPPED : yield* this.#test();
    if (test === STOPPED) return yield* this.#halt();
    const reason = reached === true ? 'target-reached' : this.#reasonToEnd;
    const status = reason === 'stopped' ? 'stopped' : 'completed';
    await folder.update({ status, test, seconds: this.#progress.seconds });
    yield endEvent(folder.dir, this.#progress, test, reason);
  }

  /** Notes in run.json that training went astray. The checkpoint stays as it is. */
  async diverged(): Promise<EndEvent> {
    const { folder } = this.#options;
    // What is to be reported is the divergence, also where the disk is full on top.
    await folder.update({ status: 'diverged' }).catch(() => {});
    return endEvent(folder.dir, this.#progress, null, 'diverged');
  }

  async dispose(): Promise<void> {
    await this.#varied?.close();
    await this.#program?.dispose();
    await this.#inference?.dispose();
  }

  get #isPatienceOver(): boolean {
    const { earlyStopping } = this.#options.config;
    return earlyStopping !== null && progress.isPatienceOver(this.#progress.history, earlyStopping.patience);
  }

  get #reasonToEnd(): EndEvent['reason'] {
    if (this.#isPatienceOver) return 'early-stopping';
    return this.#progress.epoch === this.#options.config.epochs ? 'completed' : 'stopped';
  }

  get #mustStop(): boolean {
    return this.#options.stopRequest() === 'now';
  }

  /** The steps of an epoch that are left. */
  async *#trainEpoch(): AsyncGenerator<TrainingEvent, Stopped | undefined> {
    const { graph, config, data } = this.#options;
    const images = epochBatches(data.train, graph, config, this.#progress, this.#updateAt(0), this.#varied!);
    this.#spend(false);
    const mustStop = (): boolean => this.#progress.step < this.#stepsPerEpoch && this.#mustStop;
    if (mustStop()) return STOPPED;
    const ratesOf = (steps: number): number[] => {
      const first = this.#updateAt(this.#progress.step);
      return Array.from({ length: steps }, (_, i) => this.#learningRateAt(first + i, this.#progress.history));
    };
    for await (const { results, counts, rates } of trainSteps(this.#program!, images, ratesOf)) {
      await this.#note(results, counts, rates);
      if (this.#isTimeForEvent()) yield this.#stepEvent(rates.at(-1)!);
      if (performance.now() >= this.#nextCheckpoint) yield await this.#save();
      if (mustStop()) return STOPPED;
    }
    return undefined;
  }

  /** How many updates come before a step of the epoch that runs. */
  #updateAt(step: number): number {
    return this.#progress.epoch * this.#stepsPerEpoch + step;
  }

  /** Takes the results of steps into the sums and into metrics.jsonl. */
  async #note(
    results: readonly StepResult[],
    counts: readonly number[],
    rates: readonly number[],
  ): Promise<void> {
    const images = counts.reduce((a, b) => a + b, 0);
    this.#pace.note(images, this.#spend(true));
    const interval = lineInterval(this.#stepsPerEpoch);
    for (const [i, result] of results.entries()) {
      this.#progress = progress.withStep(this.#progress, result, counts[i]!);
      const { epoch, step, lineSums, seconds } = this.#progress;
      requireFinite(result.loss, 'loss', `epoch ${epoch + 1}, step ${step}`);
      this.#lastLoss = result.loss;
      if (step % interval !== 0 && step < this.#stepsPerEpoch) continue;
      this.#progress = { ...this.#progress, lineSums: progress.NO_SUMS };
      const line = {
        epoch: epoch + 1,
        step,
        ...progress.meansOf(lineSums),
        learningRate: rates[i]!,
        seconds,
      };
      await this.#options.folder.log({ event: 'step', ...line });
    }
  }

  /** Looks at the validation images and writes everything down. */
  async *#finishEpoch(): AsyncGenerator<TrainingEvent, Stopped | undefined> {
    const { folder, data, config } = this.#options;
    const state = await this.#soundState();
    const begin = this.#progress.seconds;
    const epoch = this.#progress.epoch + 1;
    const validation =
      data.validation && (yield* this.#look('validation', epoch, data.validation, copyOf(state.weights)));
    if (validation === STOPPED) return STOPPED;
    const test = config.testEachEpoch
      ? yield* this.#look('test', epoch, data.test, copyOf(state.weights))
      : null;
    if (test === STOPPED) return STOPPED;
    if (test !== null) this.#tested = { predictions: test, weightsOf: epoch };
    this.#spend(false);
    this.#lookSeconds = this.#progress.seconds - begin;
    const [validated, tested] = [validation && resultOf(validation), test && resultOf(test)];
    const record = progress.epochRecord(this.#progress, validated, tested);
    this.#progress = progress.withEpoch(this.#progress, record);
    await folder.logEpoch(record, state.weights);
    yield await this.#write({ state, progress: this.#progress });
    const { bestEpoch } = this.#progress;
    if (bestEpoch === null || bestEpoch === epoch) {
      await folder.saveWeights(state.weights, bestEpoch === null ? 'last' : 'best', this.#progress);
    }
    yield { event: 'epoch', run: folder.dir, ...record };
    return undefined;
  }

  /** Whether the targets are reached at the end of an epoch; looks at the test images where they ask for it. */
  async *#isDone(): AsyncGenerator<TrainingEvent, boolean | Stopped> {
    const { targets } = this.#options;
    const { step, history } = this.#progress;
    const record = history.at(-1);
    if (targets.length === 0 || record === undefined || step > 0) return false;
    const test = needsTest(targets) ? yield* this.#test() : null;
    if (test === STOPPED) return STOPPED;
    const { reached, text } = standingOf(targets, record, test);
    yield { event: 'notice', level: 'notice', message: `After epoch ${record.epoch}: ${text}.` };
    return reached;
  }

  /** The test images, with the weights that the run has to show. */
  async *#test(): AsyncGenerator<TrainingEvent, TestResult | Stopped> {
    const { folder, data } = this.#options;
    const weightsOf = this.#progress.bestEpoch ?? this.#progress.epoch;
    if (this.#tested?.weightsOf !== weightsOf) {
      const { epoch } = this.#progress;
      const predictions = yield* this.#look('test', epoch, data.test, await folder.readWeights());
      if (predictions === STOPPED) return STOPPED;
      this.#tested = { predictions, weightsOf };
    }
    await folder.savePredictions(this.#tested.predictions);
    return resultOf(this.#tested.predictions);
  }

  /** What the network says of images that are not trained on, after an epoch. The weights are gone afterwards. */
  async *#look(
    phase: 'validation' | 'test',
    epoch: number,
    split: Split,
    weights: Tensors,
  ): AsyncGenerator<TrainingEvent, Predictions | Stopped> {
    const { engine, graph, config, folder } = this.#options;
    const pace = new Pace();
    const batchSize = microBatchSize(config.batchSize, config.microBatches);
    this.#inference ??= await engine.inferenceProgram(graph, { batchSize });
    await this.#inference.load(weights);
    let predictions: Predictions | undefined;
    for await (predictions of predict(this.#inference, graph, split)) {
      pace.note(batchSize, this.#spend(false));
      if (this.#mustStop) return STOPPED;
      if (this.#isTimeForEvent())
        yield lookEvent({ info: folder.info, phase, epoch }, split, predictions, pace);
    }
    requireFinite(resultOf(predictions!).loss, `${phase} loss`, `after epoch ${epoch}`);
    return predictions!;
  }

  /** Stops in the middle: everything so far is saved. */
  async *#halt(): AsyncGenerator<TrainingEvent, void> {
    const { folder } = this.#options;
    const state = await this.#soundState();
    const saved = await this.#write({ state, progress: this.#progress });
    if (this.#progress.bestEpoch === null) await folder.saveWeights(state.weights, 'last', this.#progress);
    await folder.update({ status: 'interrupted' });
    yield saved;
    yield endEvent(folder.dir, this.#progress, null, 'interrupted');
  }

  /** What the program holds, of which nothing is to be kept where it is no good. */
  async #soundState(): Promise<ProgramState> {
    const state = await this.#program!.save();
    requireFiniteWeights(state.weights, progress.whereIs(this.#progress));
    return state;
  }

  /** A checkpoint of this moment. */
  async #save(): Promise<TrainingEvent> {
    return this.#write({ state: await this.#soundState(), progress: this.#progress });
  }

  async #write(checkpoint: Checkpoint): Promise<TrainingEvent> {
    const begin = performance.now();
    await this.#options.folder.saveCheckpoint(checkpoint);
    this.#scheduleCheckpoint(performance.now() - begin);
    this.#spend(false);
    const { epoch, step } = checkpoint.progress;
    return { event: 'saved', run: this.#options.folder.dir, epoch, step };
  }

  #scheduleCheckpoint(lastTookMs: number): void {
    this.#nextCheckpoint = performance.now() + Math.max(CHECKPOINT_MS, lastTookMs / CHECKPOINT_SHARE);
  }

  #stepEvent(learningRate: number): TrainingEvent {
    const [loss, pace, lookSeconds] = [this.#lastLoss, this.#pace, this.#lookSeconds];
    const figures = { loss, learningRate, pace, lookSeconds };
    return stepEvent(this.#options.folder.info, this.#progress, figures);
  }

  /** Counts the time since the last call; returns it in seconds. */
  #spend(training: boolean): number {
    const seconds = this.#lap();
    this.#progress = progress.withTime(this.#progress, seconds, training);
    return seconds;
  }
}

/** The figures of all images. */
function resultOf({ done: images, lossSum, correct }: Predictions): TestResult {
  return { images, loss: lossSum / images, accuracy: correct / images };
}
