import { clamp01 } from '../../base/text/format.js';
import type {
  EndEvent,
  EpochEvent,
  NoticeEvent,
  SavedEvent,
  StartEvent,
  StepEvent,
  StopRequest,
  TrainingEvent,
} from '../../runs/events.js';
import { type Point, Series } from '../../terminal/series.js';

/** What stays above the screen, in order. */
export type LogItem = EpochEvent | NoticeEvent;

/** Share of an epoch, and steps in a long one, after which its running means mean something. */
const SETTLED = 0.05;
const SETTLED_STEPS = 20;

/** All that the live screen shows, gathered from the events. */
export class TrainingState {
  start: StartEvent | undefined;
  /** The latest step in which the network learned; a look at the validation or test images leaves its figures alone. */
  trained: StepEvent | undefined;
  /** The latest step of any kind. */
  step: StepEvent | undefined;
  epoch: EpochEvent | undefined;
  saved: SavedEvent | undefined;
  end: EndEvent | undefined;
  stopping: StopRequest | undefined;
  /** Where the curves have come to: the means over the epoch so far, or over the last one where the next has just begun. */
  loss: number | undefined;
  accuracy: number | undefined;
  /** A new array whenever something is added. */
  log: readonly LogItem[] = [];

  readonly #loss = new Series();
  readonly #accuracy = new Series();
  readonly #validationLoss = new Series();
  readonly #validationAccuracy = new Series();
  readonly #testLoss = new Series();
  readonly #testAccuracy = new Series();

  handle(event: TrainingEvent): void {
    switch (event.event) {
      case 'start':
        this.start = event;
        break;
      case 'step':
        this.#handleStep(event);
        break;
      case 'epoch':
        this.#handleEpoch(event);
        break;
      case 'notice':
        this.log = [...this.log, event];
        break;
      case 'saved':
        this.saved = event;
        break;
      case 'end':
        this.end = event;
        break;
    }
  }

  /** The stronger wish stays: one cannot take back "now" by asking for "after this epoch". */
  stop(request: StopRequest): void {
    if (this.stopping !== 'now') this.stopping = request;
  }

  /** Epochs done and the part of the one that is running, in epochs. */
  get position(): number {
    const step = this.trained;
    const done = this.epoch?.epoch ?? this.start?.resumedEpoch ?? 0;
    return step === undefined ? done : Math.max(done, position(step));
  }

  get lossPoints(): readonly Point[] {
    return this.#loss.points();
  }

  get accuracyPoints(): readonly Point[] {
    return this.#accuracy.points();
  }

  get validationLossPoints(): readonly Point[] {
    return this.#validationLoss.points();
  }

  get validationAccuracyPoints(): readonly Point[] {
    return this.#validationAccuracy.points();
  }

  get testLossPoints(): readonly Point[] {
    return this.#testLoss.points();
  }

  get testAccuracyPoints(): readonly Point[] {
    return this.#testAccuracy.points();
  }

  #handleStep(event: StepEvent): void {
    this.step = event;
    if (event.phase !== 'training') return;
    this.trained = event;
    const { step, stepsPerEpoch, epochLoss, epochAccuracy } = event;
    const isSettled = step >= Math.min(SETTLED_STEPS, SETTLED * stepsPerEpoch);
    // What is not a number is said at once.
    if (isSettled || this.loss === undefined || !Number.isFinite(epochLoss))
      this.#come(position(event), epochLoss, epochAccuracy);
  }

  #come(to: number, loss: number, accuracy: number): void {
    this.loss = loss;
    this.accuracy = accuracy;
    this.#loss.push(to, loss);
    this.#accuracy.push(to, accuracy);
  }

  #handleEpoch(event: EpochEvent): void {
    this.epoch = event;
    this.step = undefined;
    this.log = [...this.log, event];
    this.#come(event.epoch, event.loss, event.accuracy);
    this.#validationLoss.push(event.epoch, event.validationLoss ?? Number.NaN);
    this.#validationAccuracy.push(event.epoch, event.validationAccuracy ?? Number.NaN);
    this.#testLoss.push(event.epoch, event.testLoss ?? Number.NaN);
    this.#testAccuracy.push(event.epoch, event.testAccuracy ?? Number.NaN);
  }
}

function position({ epoch, step, stepsPerEpoch }: StepEvent): number {
  return epoch - 1 + clamp01(step / stepsPerEpoch);
}
