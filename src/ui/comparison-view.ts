import { visible } from '../base/text/visible.js';
import type { ComparisonEvent } from '../compare/train-all.js';
import type { NoticeEvent, StopRequest } from '../runs/events.js';
import { colorLevel } from '../terminal/color.js';
import { canDrawScreen, hasUnicode } from '../terminal/terminal.js';
import { createTheme, type Theme } from '../terminal/theme.js';
import { PlainLines, type PlainStream } from './lines/plain-lines.js';

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

export interface ComparisonViewOptions {
  readonly runs: readonly PlannedTraining[];
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  /** `--color` or `--no-color`. */
  readonly color: boolean | undefined;
  readonly requestStop: (request: StopRequest) => void;
}

/** The live screen where standard error is a terminal that can draw it, plain lines elsewhere. */
export async function createComparisonView(options: ComparisonViewOptions): Promise<ComparisonView> {
  const { stderr, env, color, runs } = options;
  const theme = createTheme(colorLevel(stderr, { env, flag: color }), hasUnicode(env));
  if (!canDrawScreen(stderr, env)) return new PlainComparison(runs, stderr, theme);
  const { createComparisonScreen } = await import('./comparison-screen.js');
  return createComparisonScreen({ ...options, theme });
}

/** The lines of each run under one that says which it is. */
class PlainComparison implements ComparisonView {
  readonly #lines: PlainLines;
  #current: number | undefined;

  constructor(
    private readonly runs: readonly PlannedTraining[],
    private readonly stderr: PlainStream,
    private readonly theme: Theme,
  ) {
    this.#lines = new PlainLines({ stderr, theme, showEnd: true });
  }

  handle({ index, event }: ComparisonEvent): void {
    if (index !== this.#current) {
      this.#current = index;
      const title = `run ${index + 1} of ${this.runs.length}: ${visible(this.runs[index]!.label)}`;
      this.stderr.write(`${this.theme.paint('strong', title)}\n`);
    }
    this.#lines.handle(event);
  }

  notice(event: NoticeEvent): void {
    this.#lines.handle(event);
  }

  stopping(request: StopRequest): void {
    this.#lines.stopping(request);
  }

  async close(): Promise<void> {
    await this.#lines.close();
  }
}
