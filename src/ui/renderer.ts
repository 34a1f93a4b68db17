import { fstatSync } from 'node:fs';
import { sentence } from '../base/text/visible.js';
import { writeResult } from '../report/output.js';
import type { EndEvent, StartEvent, StopRequest, TrainingEvent } from '../runs/events.js';
import { type ColorLevel, colorLevel } from '../terminal/color.js';
import { canDrawScreen, hasUnicode } from '../terminal/terminal.js';
import { createTheme } from '../terminal/theme.js';
import { jsonLine } from './lines/json-lines.js';
import { PlainLines } from './lines/plain-lines.js';
import { isQuiet } from './lines/quiet.js';
import { type OutputFormat, resultText } from './lines/result.js';
import { nextCommands } from './lines/run-text.js';
import type { ProgressView } from './lines/views.js';
import { Warnings } from './lines/warnings.js';

export interface TrainingRenderer {
  handle(event: TrainingEvent): void;
  /** Shows a wish to stop that came from elsewhere (a signal); a wish from the screen's own keys is shown already. */
  stopping(request: StopRequest): void;
  /** Puts the terminal back and writes the result. To be called after the end event or when training failed, before any error is written; a second call changes nothing. */
  close(): Promise<void>;
}

export interface TrainingRendererOptions {
  readonly format: OutputFormat;
  /** A file for the JSON lines, besides what is printed; written when all is over. */
  readonly jsonFile?: string | undefined;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Where keys come from: process.stdin. */
  readonly stdin?: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  /** What was asked for: colours or none. */
  readonly color?: boolean;
  readonly requestStop: (request: StopRequest) => void;
  /** The commands that the result ends with. */
  readonly next?: (start: StartEvent, end: EndEvent) => readonly string[];
}

/** Chooses how a training run is shown: JSON lines or a result on standard output, the live screen or plain lines on standard error. */
export async function createTrainingRenderer(options: TrainingRendererOptions): Promise<TrainingRenderer> {
  const view = await createProgressView(options);
  const finish = options.format === 'json' ? finishJson : finishWithResult;
  let start: StartEvent | undefined;
  let end: EndEvent | undefined;
  let closing: Promise<void> | undefined;
  const lines: string[] = [];
  const close = async (): Promise<void> => {
    await view.close();
    if (start !== undefined && end !== undefined) finish(start, end, options);
    await flushed(options.stdout);
    if (options.jsonFile !== undefined) await writeResult(options.jsonFile, lines.join(''));
  };
  return {
    handle: (event) => {
      if (event.event === 'start') start = event;
      if (event.event === 'end') end = event;
      const line = jsonLine(event);
      if (line !== undefined) {
        if (options.format === 'json') options.stdout.write(`${line}\n`);
        if (options.jsonFile !== undefined) lines.push(`${line}\n`);
      }
      view.handle(event);
    },
    stopping: (request) => view.stopping(request),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** The live screen where standard error is a terminal that can draw it, plain lines elsewhere, warnings alone where it is to be quiet. */
export async function createProgressView(options: TrainingRendererOptions): Promise<ProgressView> {
  const { stderr, env } = options;
  const theme = createTheme(levelOf(stderr, options), hasUnicode(env));
  if (isQuiet()) return new Warnings(new PlainLines({ stderr, theme, showEnd: false }));
  // Where the result comes out on the same terminal it says all that the last line of progress would.
  const showEnd = options.format === 'json' || options.stdout.isTTY !== true;
  if (!canDrawScreen(stderr, env) || sharesTerminal(options))
    return new PlainLines({ stderr, theme, showEnd });
  const { createLiveScreen } = await import('./live-screen.js');
  return createLiveScreen({
    stderr,
    stdin: options.stdin ?? process.stdin,
    env,
    theme,
    showEnd,
    requestStop: options.requestStop,
  });
}

/**
 * Whether lines written to standard output while training runs may come out between those of the screen: they go to a terminal,
 * or into a pipe whose reader (`jq`, `tee`) writes to it. A file keeps them to itself.
 */
function sharesTerminal({ format, stdout }: TrainingRendererOptions): boolean {
  if (format !== 'json') return false;
  if (stdout.isTTY === true) return true;
  const { fd } = stdout as { fd?: unknown };
  if (typeof fd !== 'number') return false;
  try {
    const target = fstatSync(fd);
    return target.isFIFO() || target.isSocket();
  } catch {
    return false;
  }
}

function levelOf(stream: NodeJS.WriteStream, { env, color }: TrainingRendererOptions): ColorLevel {
  return colorLevel(stream, { env, flag: color });
}

type Finish = (start: StartEvent, end: EndEvent, options: TrainingRendererOptions) => void;

/** JSON has no word for what to do next, but a run that was broken off should not leave anybody guessing. */
const finishJson: Finish = (start, end, { stderr, next = nextCommands }) => {
  if (isQuiet()) return;
  if (end.reason === 'interrupted' || end.reason === 'stopped')
    stderr.write(`${sentence(`go on with: ${next(start, end)[0]}`)}\n`);
};

/** A run that diverged has no result but an error, which the command reports. */
const finishWithResult: Finish = (start, end, options) => {
  if (end.reason === 'diverged') return;
  const { format, stdout, env, next = nextCommands } = options;
  const theme = createTheme(levelOf(stdout, options), hasUnicode(env));
  stdout.write(resultText(format, end, { theme, testImages: start.testImages, next: next(start, end) }));
};

/** Resolves when what was written before is out, or can no longer get out. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
