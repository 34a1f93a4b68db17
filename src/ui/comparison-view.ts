import { visible } from '../base/text/visible.js';
import type { NoticeEvent, StopRequest } from '../runs/events.js';
import type { ComparisonEvent } from '../tasks/compare/train-all.js';
import { colorLevel } from '../terminal/color.js';
import { canDrawScreen, hasUnicode } from '../terminal/terminal.js';
import { createTheme, type Theme } from '../terminal/theme.js';
import { PlainLines, type PlainStream } from './lines/plain-lines.js';
import { isQuiet } from './lines/quiet.js';
import type { ComparisonView, PlannedTraining } from './lines/views.js';
import { ComparisonWarnings } from './lines/warnings.js';
import { ComparisonState } from './state/comparison-state.js';
import { SweepLines } from './sweep-lines.js';

interface ComparisonViewOptions {
  readonly runs: readonly PlannedTraining[];
  /** So many train at a time. */
  readonly jobs: number;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  /** What was asked for: colours or none. */
  readonly color: boolean | undefined;
  readonly requestStop: (request: StopRequest) => void;
}

/** The live screen where standard error is a terminal that can draw it, plain lines elsewhere, warnings alone where it is to be quiet. */
export async function createComparisonView(options: ComparisonViewOptions): Promise<ComparisonView> {
  const { stderr, env, color, runs, jobs } = options;
  const theme = createTheme(colorLevel(stderr, { env, flag: color }), hasUnicode(env));
  if (isQuiet()) return new ComparisonWarnings(new PlainComparison(runs, stderr, theme));
  if (!canDrawScreen(stderr, env))
    return jobs > 1
      ? new SweepLines(new ComparisonState(runs, undefined, jobs), stderr, theme)
      : new PlainComparison(runs, stderr, theme);
  const { createComparisonScreen } = await import('./comparison-screen.js');
  return createComparisonScreen({ ...options, theme });
}

/** The lines of each run under one that says which it is. */
class PlainComparison implements ComparisonView {
  readonly #lines: PlainLines;
  #current: number | undefined;

  readonly #runs: readonly PlannedTraining[];
  readonly #stderr: PlainStream;
  readonly #theme: Theme;

  constructor(runs: readonly PlannedTraining[], stderr: PlainStream, theme: Theme) {
    this.#runs = runs;
    this.#stderr = stderr;
    this.#theme = theme;
    this.#lines = new PlainLines({ stderr, theme, showEnd: true });
  }

  handle({ index, event }: ComparisonEvent): void {
    if (index !== this.#current) {
      this.#current = index;
      const title = `run ${index + 1} of ${this.#runs.length}: ${visible(this.#runs[index]!.label)}`;
      this.#stderr.write(`${this.#theme.paint('strong', title)}\n`);
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
