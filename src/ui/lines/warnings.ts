import type { NoticeEvent, StopRequest, TrainingEvent } from '../../runs/events.js';
import type { ComparisonEvent } from '../../tasks/compare/train-all.js';
import type { ComparisonView, ProgressView } from './views.js';

/** Of a training its warnings alone, as another view shows them: where the program is to be quiet. */
export class Warnings implements ProgressView {
  readonly #view: ProgressView;

  constructor(view: ProgressView) {
    this.#view = view;
  }

  handle(event: TrainingEvent): void {
    if (isWarning(event)) this.#view.handle(event);
  }

  stopping(_request: StopRequest): void {}

  close(): Promise<void> {
    return this.#view.close();
  }
}

/** The same of a comparison, each with the run that it is about. */
export class ComparisonWarnings implements ComparisonView {
  readonly #view: ComparisonView;

  constructor(view: ComparisonView) {
    this.#view = view;
  }

  handle(event: ComparisonEvent): void {
    if (isWarning(event.event)) this.#view.handle(event);
  }

  notice(event: NoticeEvent): void {
    if (isWarning(event)) this.#view.notice(event);
  }

  stopping(_request: StopRequest): void {}

  close(): Promise<void> {
    return this.#view.close();
  }
}

function isWarning(event: TrainingEvent): boolean {
  return event.event === 'notice' && event.level === 'warning';
}
