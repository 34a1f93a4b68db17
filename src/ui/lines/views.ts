import type { NoticeEvent, StopRequest, TrainingEvent } from '../../runs/events.js';
import type { ComparisonEvent } from '../../tasks/compare/train-all.js';

/** A view of the events on standard error. */
export interface ProgressView {
  handle(event: TrainingEvent): void;
  stopping(request: StopRequest): void;
  close(): Promise<void>;
}

/** One of the runs of a comparison, as it is known before training begins. */
export interface PlannedTraining {
  /** `lenet5`, or `lenet5, seed 2` where there are several. */
  readonly label: string;
  readonly model: string;
  /** Multiply-accumulates of one image: what its time is guessed by until another run of its model is over. */
  readonly macs: number;
  /** Of a run that was over before; null for one that is to be trained. */
  readonly done: { readonly testAccuracy: number | null; readonly seconds: number } | null;
}

/** Shows on standard error how the runs of a comparison are trained. */
export interface ComparisonView {
  handle(event: ComparisonEvent): void;
  notice(event: NoticeEvent): void;
  /** Shows a wish to stop that came from elsewhere (a signal). */
  stopping(request: StopRequest): void;
  /** Puts the terminal back; a second call changes nothing. */
  close(): Promise<void>;
}
