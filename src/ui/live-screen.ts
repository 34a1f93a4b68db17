import type { Instance } from 'ink';
import type { NoticeEvent, StartEvent, StopRequest, TrainingEvent } from '../training/events.js';
import { catchConsole } from './console-lines.js';
import { FrameStream, rowsOf } from './frame-stream.js';
import { beforeLeaving, leaveAtOnce } from './leave.js';
import type { ScreenSize } from './live/screen-plan.js';
import { loadInk } from './load-ink.js';
import { noticeLines } from './log-lines.js';
import { LogRewriter } from './log-rewriter.js';
import type { ProgressView } from './renderer.js';
import { isForeground, reflowsLines } from './terminal.js';
import type { Theme } from './theme.js';
import { TrainingState } from './training-state.js';

export interface LiveScreenOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  readonly theme: Theme;
  /** Whether the last picture is to say how the run ended. */
  readonly showEnd: boolean;
  readonly requestStop: (request: StopRequest) => void;
}

type Ink = Awaited<ReturnType<typeof loadInk>>;

/** Calm for the eye, and cheap: training wants every core. */
const FRAME_MS = 200;
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';
const UP_AND_ERASE = '\u001b[2K\u001b[1A';

/** The live screen on standard error. It appears with the start event; what comes before is written as plain lines. */
export async function createLiveScreen(options: LiveScreenOptions): Promise<ProgressView> {
  return new LiveScreen(options, await loadInk());
}

class LiveScreen implements ProgressView {
  readonly #state = new TrainingState();
  readonly #frames: FrameStream;
  readonly #undo: (() => void)[] = [];
  #instance: Instance | undefined;
  #start: StartEvent | undefined;
  #rewriter: LogRewriter | undefined;
  #writeAbove: (text: string) => void = () => {};
  #size: ScreenSize;
  #changed = false;
  #finished = false;

  constructor(
    private readonly options: LiveScreenOptions,
    private readonly ink: Ink,
  ) {
    this.#frames = new FrameStream(options.stderr);
    this.#size = sizeOf(options.stderr);
  }

  handle(event: TrainingEvent): void {
    if (event.event === 'notice' && this.#instance === undefined) {
      this.#writeNotice(event);
      return;
    }
    this.#state.handle(event);
    this.#changed = true;
    if (event.event === 'start' && this.#instance === undefined) this.#open(event);
  }

  stopping(request: StopRequest): void {
    this.#state.stop(request);
    this.#draw();
  }

  async close(): Promise<void> {
    const instance = this.#instance;
    if (instance === undefined || this.#finished) return;
    this.#finished = true;
    this.#draw();
    const exited = instance.waitUntilExit();
    instance.unmount();
    for (const undo of this.#undo.reverse()) undo();
    await exited;
  }

  get #hasKeys(): boolean {
    return this.options.stdin.isTTY === true;
  }

  #open(start: StartEvent): void {
    const { stderr, stdin, theme } = this.options;
    this.#start = start;
    this.#size = sizeOf(stderr);
    this.#rewriter = new LogRewriter(theme, start.epochs);
    this.#instance = this.ink.render(this.#element(start), {
      stdout: this.#frames as unknown as NodeJS.WriteStream,
      stderr,
      stdin,
      exitOnCtrlC: false,
      patchConsole: false,
      isScreenReaderEnabled: false,
      // Every draw of ours is to be seen at once; the pace is ours too.
      maxFps: 1000,
    });
    const timer = setInterval(() => {
      if (this.#changed) this.#draw();
    }, FRAME_MS).unref();
    const resize = (): void => this.#resize();
    stderr.on('resize', resize);
    this.#undo.push(
      () => clearInterval(timer),
      () => stderr.off('resize', resize),
      catchConsole((message, isWarning) =>
        this.handle({ event: 'notice', level: isWarning ? 'warning' : 'notice', message }),
      ),
      beforeLeaving(() => this.#restoreTerminal()),
    );
  }

  #draw(): void {
    if (this.#instance === undefined || this.#start === undefined) return;
    this.#changed = false;
    this.#rewriter?.note(this.#state.log, this.#size.columns);
    this.#instance.rerender(this.#element(this.#start));
  }

  #element(start: StartEvent) {
    return this.ink.createElement(this.ink.TrainingScreen, {
      theme: this.options.theme,
      state: this.#state,
      start,
      size: this.#size,
      hasKeys: this.#hasKeys,
      finished: this.#finished,
      showEnd: this.options.showEnd,
      onKey: this.#handleKey,
      onReady: this.#handleReady,
    });
  }

  readonly #handleReady = (write: (text: string) => void): void => {
    this.#writeAbove = write;
  };

  readonly #handleKey = (key: string): void => {
    if (key === 'ctrl-c' && this.#state.stopping === 'now') leaveAtOnce();
    else if (key === 'ctrl-c' || key === 'q') this.#request('now');
    else if (key === 's') this.#request('after-epoch');
    else if (key === 'ctrl-z') this.#suspend();
  };

  #request(request: StopRequest): void {
    const before = this.#state.stopping;
    this.stopping(request);
    if (this.#state.stopping !== before) this.options.requestStop(request);
  }

  /** A terminal that became narrower has wrapped the frame: more rows are to be taken away than Ink knows of. */
  #resize(): void {
    const { stderr, env } = this.options;
    const before = this.#size.columns;
    this.#size = sizeOf(stderr);
    if (this.#size.columns === before) {
      this.#draw();
      return;
    }
    const reflows = reflowsLines(env);
    const widths = this.#frames.frameWidths;
    const extra = reflows ? rowsOf(widths, this.#size.columns) - widths.length : 0;
    stderr.write(UP_AND_ERASE.repeat(extra));
    this.#draw();
    const frameHeight = this.#frames.frameWidths.length;
    this.#writeAbove(this.#rewriter?.rewrite({ size: this.#size, frameHeight, reflows }) ?? '');
  }

  /** In raw mode Ctrl-Z is a key like any other, so the screen must do what the terminal would. */
  #suspend(): void {
    if (process.platform === 'win32') return;
    const { stderr, stdin } = this.options;
    this.#restoreTerminal();
    process.kill(0, 'SIGTSTP');
    // This line is reached when the job goes on, with what the shell wrote below the old frame.
    if (isForeground()) stdin.setRawMode(true);
    stderr.write(HIDE_CURSOR + '\n'.repeat(this.#frames.frameWidths.length));
    this.#size = sizeOf(stderr);
    this.#writeAbove('');
  }

  #restoreTerminal(): void {
    const { stderr, stdin } = this.options;
    if (this.#hasKeys) stdin.setRawMode(false);
    stderr.write(SHOW_CURSOR);
  }

  #writeNotice(event: NoticeEvent): void {
    const width = sizeOf(this.options.stderr).columns - 1;
    for (const line of noticeLines(event, { theme: this.options.theme, width }))
      this.options.stderr.write(`${line}\n`);
  }
}

function sizeOf(stream: NodeJS.WriteStream): ScreenSize {
  return { columns: stream.columns ?? 80, rows: stream.rows ?? 24 };
}
