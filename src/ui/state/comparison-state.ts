import type { NoticeEvent, StopRequest } from '../../runs/events.js';
import type { ComparisonEvent } from '../../tasks/compare/train-all.js';
import { markOf } from '../../terminal/braille.js';
import type { Tone } from '../../terminal/theme.js';
import type { PlannedTraining } from '../lines/views.js';
import { type LogItem, TrainingState } from './training-state.js';

/** Each model has a colour of its own, as far as there are any. */
const TONES: readonly Tone[] = ['training', 'validation', 'good', 'warning', 'strong'];

/** One of the runs on the screen. */
export interface RunState {
  readonly plan: PlannedTraining;
  readonly tone: Tone;
  /** What its lines are marked with in the charts, for those who see no colours; undefined where there is one model. */
  readonly mark: string | undefined;
  readonly training: TrainingState;
  status: 'waiting' | 'training' | 'done' | 'interrupted' | 'diverged';
  /** Of the test images. */
  accuracy: number | null;
  loss: number | null;
  /** Of the whole run, once it is over. */
  seconds: number;
  /** When it began here, in milliseconds on the clock. */
  began: number;
}

/** All that the live screen of a comparison shows, gathered from the events. */
export class ComparisonState {
  readonly runs: readonly RunState[];
  /** What stays above the screen; a new array whenever something is added. */
  log: readonly LogItem[] = [];
  stopping: StopRequest | undefined;
  /** The place of the run that was heard of last; undefined before the first begins. */
  #last: number | undefined;

  readonly #now: () => number;
  readonly #jobs: number;

  /** @param now milliseconds on a clock that only goes forward @param jobs runs that train at a time */
  constructor(plans: readonly PlannedTraining[], now: () => number = () => performance.now(), jobs = 1) {
    this.#now = now;
    this.#jobs = jobs;
    const models = [...new Set(plans.map(({ model }) => model))];
    this.runs = plans.map((plan) => ({
      plan,
      tone: TONES[models.indexOf(plan.model) % TONES.length]!,
      mark: models.length > 1 ? markOf(models.indexOf(plan.model)) : undefined,
      training: new TrainingState(),
      status: plan.done === null ? 'waiting' : 'done',
      accuracy: plan.done?.testAccuracy ?? null,
      loss: null,
      seconds: plan.done?.seconds ?? 0,
      began: 0,
    }));
  }

  handle({ index, event }: ComparisonEvent): void {
    const run = this.runs[index]!;
    this.#last = index;
    if (event.event === 'notice') {
      this.notice({ ...event, message: `${run.plan.label}: ${event.message}` });
      return;
    }
    run.training.handle(event);
    if (event.event === 'start') {
      run.status = 'training';
      run.began = this.#now();
    }
    if (event.event !== 'end') return;
    const isOver = event.reason !== 'interrupted' && event.reason !== 'diverged';
    run.status = isOver ? 'done' : (event.reason as 'interrupted' | 'diverged');
    run.accuracy = event.testAccuracy;
    run.loss = event.testLoss;
    run.seconds = event.seconds;
  }

  notice(event: NoticeEvent): void {
    this.log = [...this.log, event];
  }

  /** The stronger wish stays. */
  stop(request: StopRequest): void {
    if (this.stopping !== 'now') this.stopping = request;
  }

  /** The place of the first run that trains, else of the one that did last; undefined before the first begins. */
  get current(): number | undefined {
    const training = this.runs.findIndex(({ status }) => status === 'training');
    return training < 0 ? this.#last : training;
  }

  /** The most accurate run that is over, where there are several. */
  get best(): RunState | undefined {
    const tested = this.runs.filter(({ accuracy }) => accuracy !== null);
    return tested.length < 2 ? undefined : tested.reduce((a, b) => (b.accuracy! > a.accuracy! ? b : a));
  }

  get done(): number {
    return this.runs.filter(({ status }) => status !== 'waiting' && status !== 'training').length;
  }

  /**
   * Seconds that are left of the whole, Infinity where nobody knows: those of the run that trains, and for each to come those
   * of another run of its model, or as many as its multiply-accumulates take.
   */
  get secondsLeft(): number {
    const left = this.#left();
    return Math.max(
      sum(left) / this.#jobs,
      left.reduce((a, b) => Math.max(a, b), 0),
    );
  }

  /** Of each run by itself. */
  #left(): number[] {
    const known = this.runs.flatMap((run) => {
      const seconds = this.#expectedSeconds(run);
      return Number.isFinite(seconds) ? [{ seconds, plan: run.plan }] : [];
    });
    const perMac = sum(known.map(({ seconds }) => seconds)) / sum(known.map(({ plan }) => plan.macs));
    const left = this.runs.map((run) => {
      if (run.status === 'training') return etaOf(run.training);
      if (run.status !== 'waiting') return 0;
      return known.find(({ plan }) => plan.model === run.plan.model)?.seconds ?? perMac * run.plan.macs;
    });
    return left.map((seconds) => (Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds));
  }

  /** The share of the whole that is done, by time as far as that is known. */
  get fraction(): number {
    const left = sum(this.#left());
    if (!Number.isFinite(left)) return this.done / this.runs.length;
    const spent = sum(this.runs.map((run) => this.#spentSeconds(run)));
    return spent + left === 0 ? 0 : spent / (spent + left);
  }

  /** Of a whole run that is over, or that has come so far that its pace is known. */
  #expectedSeconds(run: RunState): number {
    if (run.status === 'done') return run.seconds;
    if (run.status !== 'training') return Number.NaN;
    const { start } = run.training;
    // What was trained before it went on here took its time elsewhere.
    const share = 1 - (start?.resumedEpoch ?? 0) / (start?.epochs ?? 1);
    return (this.#spentSeconds(run) + etaOf(run.training)) / Math.max(0.01, share);
  }

  #spentSeconds(run: RunState): number {
    return run.status === 'training' ? (this.#now() - run.began) / 1000 : run.seconds;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function etaOf({ step, trained }: TrainingState): number {
  return (step ?? trained)?.runEtaSeconds ?? Number.POSITIVE_INFINITY;
}
