import { formatDuration, formatEta, formatPercent } from '../base/text/format.js';
import { visible } from '../base/text/visible.js';
import type { NoticeEvent, StopRequest } from '../runs/events.js';
import type { ComparisonEvent } from '../tasks/compare/train-all.js';
import type { Theme } from '../terminal/theme.js';
import { noticeLines } from './lines/log-lines.js';
import type { PlainStream } from './lines/plain-lines.js';
import type { ComparisonView } from './lines/views.js';
import type { ComparisonState, RunState } from './state/comparison-state.js';

/** Several trainings at a time as lines that stay: one as a run begins, one as it ends, with how far the whole is. */
export class SweepLines implements ComparisonView {
  readonly #state: ComparisonState;
  readonly #stderr: PlainStream;
  readonly #theme: Theme;

  constructor(state: ComparisonState, stderr: PlainStream, theme: Theme) {
    this.#state = state;
    this.#stderr = stderr;
    this.#theme = theme;
  }

  handle(event: ComparisonEvent): void {
    this.#state.handle(event);
    const run = this.#state.runs[event.index]!;
    if (event.event.event === 'notice') this.notice(event.event);
    if (event.event.event === 'start') this.#write(`${this.#name(event.index, run)} trains`);
    if (event.event.event === 'end')
      this.#write(`${this.#name(event.index, run)} ${ended(run)}; ${this.#whole()}`);
  }

  #name(index: number, { plan }: RunState): string {
    const number = `run ${index + 1} of ${this.#state.runs.length}:`;
    return `${this.#theme.paint('strong', number)} ${visible(plan.label)}`;
  }

  /** `12 of 27 done, best 98.50 %, about 2min left`. */
  #whole(): string {
    const { done, runs, best, secondsLeft } = this.#state;
    const parts = [
      `${done} of ${runs.length} done`,
      ...(best === undefined ? [] : [`best ${formatPercent(best.accuracy!)}`]),
      ...(done < runs.length && Number.isFinite(secondsLeft) ? [`about ${formatEta(secondsLeft)} left`] : []),
    ];
    return parts.join(', ');
  }

  notice(event: NoticeEvent): void {
    const width = this.#stderr.columns || Number.POSITIVE_INFINITY;
    for (const line of noticeLines(event, { theme: this.#theme, width })) this.#write(line);
  }

  stopping(request: StopRequest): void {
    this.#write(
      request === 'now'
        ? 'stopping and saving; once more leaves at once'
        : 'stopping after the runs that train',
    );
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stderr.write('', () => resolve());
    });
  }

  #write(line: string): void {
    this.#stderr.write(`${line}\n`);
  }
}

function ended({ status, accuracy, seconds }: RunState): string {
  if (status !== 'done') return status;
  return `${accuracy === null ? 'is over' : formatPercent(accuracy)} in ${formatDuration(seconds)}`;
}
