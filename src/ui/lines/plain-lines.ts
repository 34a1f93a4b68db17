import { formatDone, formatEta, formatLoss, formatPercent, formatRate } from '../../base/text/format.js';
import { counted } from '../../base/text/words.js';
import type { EpochEvent, StartEvent, StepEvent, StopRequest, TrainingEvent } from '../../runs/events.js';
import type { Theme } from '../../terminal/theme.js';
import { epochLine, noticeLines } from './log-lines.js';
import { endLine, runFacts } from './run-text.js';
import type { ProgressView } from './views.js';

export interface PlainStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done?: () => void): boolean;
}

interface PlainLinesOptions {
  readonly stderr: PlainStream;
  readonly theme: Theme;
  /** Whether to say how the run ended. */
  readonly showEnd: boolean;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

const MIN_PACE_MS = 10_000;
const MAX_PACE_MS = 60_000;
/** Lines of progress in a long epoch, about, until the longest pace is reached. */
const LINES_PER_EPOCH = 10;

/** Training as lines that stay: for files, pipes, CI and terminals that cannot draw. */
export class PlainLines implements ProgressView {
  readonly #stderr: PlainStream;
  readonly #theme: Theme;
  readonly #showEnd: boolean;
  readonly #now: () => number;
  #start: StartEvent | undefined;
  #lastLine = 0;
  #stopping: StopRequest | undefined;

  constructor({ stderr, theme, showEnd, now = () => performance.now() }: PlainLinesOptions) {
    this.#stderr = stderr;
    this.#theme = theme;
    this.#showEnd = showEnd;
    this.#now = now;
    this.#lastLine = now();
  }

  handle(event: TrainingEvent): void {
    switch (event.event) {
      case 'start':
        this.#handleStart(event);
        break;
      case 'step':
        this.#handleStep(event);
        break;
      case 'epoch':
        this.#handleEpoch(event);
        break;
      case 'notice':
        this.#write(...noticeLines(event, { theme: this.#theme, width: this.#width }));
        break;
      case 'saved':
        if (this.#stopping === 'now') this.#write(`saved in ${event.run}`);
        break;
      case 'end':
        if (this.#showEnd) this.#write(endLine(event));
        break;
    }
  }

  stopping(request: StopRequest): void {
    if (this.#stopping === 'now' || this.#stopping === request) return;
    this.#stopping = request;
    this.#write(
      request === 'now' ? 'stopping and saving; once more leaves at once' : 'stopping after this epoch',
    );
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stderr.write('', () => resolve());
    });
  }

  /** Only a terminal has a width; what reads a file or a pipe breaks lines as it likes. */
  get #width(): number {
    return this.#stderr.isTTY === true ? (this.#stderr.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  #handleStart(event: StartEvent): void {
    this.#start = event;
    this.#lastLine = this.#now();
    const { name, data, training } = runFacts(event);
    const separator = this.#theme.glyphs.separator;
    const steps = `${counted(event.epochs, 'epoch')} of ${counted(event.stepsPerEpoch, 'batch', 'batches')}`;
    this.#write(
      this.#theme.paint('strong', `training ${name.join(separator)}`),
      data.join(separator),
      training.join(separator),
      event.resumedEpoch === null ? steps : `${steps}, going on after epoch ${event.resumedEpoch}`,
    );
  }

  #handleStep(event: StepEvent): void {
    const now = this.#now();
    if (now - this.#lastLine < pace(event)) return;
    this.#lastLine = now;
    this.#write(this.#theme.paint('quiet', progressLine(event, this.#start?.epochs ?? event.epoch)));
  }

  #handleEpoch(event: EpochEvent): void {
    this.#lastLine = this.#now();
    this.#write(
      epochLine(event, {
        theme: this.#theme,
        width: this.#width,
        epochs: this.#start?.epochs ?? event.epoch,
      }),
    );
  }

  #write(...lines: string[]): void {
    for (const line of lines) this.#stderr.write(`${line}\n`);
  }
}

/** Milliseconds between two lines of progress: an epoch of an hour needs no 360 of them. */
function pace({ step, stepsPerEpoch, epochEtaSeconds }: StepEvent): number {
  const epochMs = (1000 * epochEtaSeconds * stepsPerEpoch) / Math.max(1, stepsPerEpoch - step);
  if (!Number.isFinite(epochMs)) return MIN_PACE_MS;
  return Math.min(MAX_PACE_MS, Math.max(MIN_PACE_MS, epochMs / LINES_PER_EPOCH));
}

function progressLine(event: StepEvent, epochs: number): string {
  const epoch = `epoch ${String(event.epoch).padStart(String(epochs).length)}/${epochs}`;
  const done = formatDone(event.step / event.stepsPerEpoch);
  if (event.phase !== 'training') return `${epoch}  ${event.phase} ${done}`;
  return [
    `${epoch}  ${done.padStart(5)}`,
    `loss ${formatLoss(event.epochLoss)}`,
    `accuracy ${formatPercent(event.epochAccuracy)}`,
    `${formatRate(event.imagesPerSecond)} images/s`,
    `${formatEta(event.epochEtaSeconds)} to the end of the epoch`,
    `${formatEta(event.runEtaSeconds)} in all`,
  ].join('  ');
}
