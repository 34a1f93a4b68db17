import type { Instance } from 'ink';
import type { ReactElement } from 'react';
import type { NoticeEvent, StopRequest } from '../../runs/events.js';
import { isForeground, reflowsLines } from '../../terminal/terminal.js';
import type { Theme } from '../../terminal/theme.js';
import { catchConsole } from '../lines/console-lines.js';
import { beforeLeaving, leaveAtOnce } from '../lines/leave.js';
import { noticeLines } from '../lines/log-lines.js';
import type { ScreenSize } from '../state/screen-plan.js';
import type { LogItem } from '../state/training-state.js';
import { FrameStream, rowsOf } from './frame-stream.js';
import type { Ink } from './load-ink.js';
import { LogRewriter } from './log-rewriter.js';

export interface InkScreenOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  readonly theme: Theme;
  readonly requestStop: (request: StopRequest) => void;
}

/** What every picture on the screen needs to know, and what it tells. */
export interface ScreenProps {
  readonly theme: Theme;
  readonly size: ScreenSize;
  /** Whether keys reach the screen. */
  readonly hasKeys: boolean;
  readonly onKey: (key: string) => void;
  /** Given the way to write above the screen. */
  readonly onReady: (write: (text: string) => void) => void;
  /** The work is over: what stays is a picture of it. */
  readonly finished: boolean;
}

/** What a screen shows. */
export interface Scene {
  /** What stays above the screen, in order; a new array whenever something is added. */
  readonly log: readonly LogItem[];
  /** Of a whole run, so that the epochs' numbers stand below each other in the log. */
  readonly epochs: number;
  readonly stopping: StopRequest | undefined;
  notice(event: NoticeEvent): void;
  stop(request: StopRequest): void;
  picture(props: ScreenProps): ReactElement;
}

/** Calm for the eye, and cheap: training wants every core. */
const FRAME_MS = 200;
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';
const UP_AND_ERASE = '\u001b[2K\u001b[1A';

/** A screen on standard error that is drawn over and over, with keys, a terminal that changes its size, and a way back from all of it. */
export class InkScreen {
  readonly #frames: FrameStream;
  readonly #undo: (() => void)[] = [];
  #instance: Instance | undefined;
  #rewriter: LogRewriter | undefined;
  #writeAbove: (text: string) => void = () => {};
  #size: ScreenSize;
  #changed = false;
  #finished = false;

  readonly #options: InkScreenOptions;
  readonly #render: Ink['render'];
  readonly #scene: Scene;

  constructor(options: InkScreenOptions, render: Ink['render'], scene: Scene) {
    this.#options = options;
    this.#render = render;
    this.#scene = scene;
    this.#frames = new FrameStream(options.stderr);
    this.#size = sizeOf(options.stderr);
  }

  get isOpen(): boolean {
    return this.#instance !== undefined;
  }

  open(): void {
    const { stderr, stdin, theme } = this.#options;
    this.#size = sizeOf(stderr);
    this.#rewriter = new LogRewriter(theme, this.#scene.epochs);
    this.#instance = this.#render(this.#picture(), {
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
      catchConsole((message, isWarning) => {
        this.#scene.notice({ event: 'notice', level: isWarning ? 'warning' : 'notice', message });
        this.change();
      }),
      beforeLeaving(() => this.#restoreTerminal()),
    );
  }

  /** The scene has changed: it is drawn with the next frame. */
  change(): void {
    this.#changed = true;
  }

  /** Shows a wish to stop at once. */
  stopping(request: StopRequest): void {
    this.#scene.stop(request);
    this.#draw();
  }

  /** What is to be said before the screen is there. */
  writeNotice(event: NoticeEvent): void {
    const width = sizeOf(this.#options.stderr).columns - 1;
    for (const line of noticeLines(event, { theme: this.#options.theme, width }))
      this.#options.stderr.write(`${line}\n`);
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
    return this.#options.stdin.isTTY === true;
  }

  #draw(): void {
    if (this.#instance === undefined) return;
    this.#changed = false;
    this.#rewriter?.note(this.#scene.log, this.#size.columns);
    this.#instance.rerender(this.#picture());
  }

  #picture(): ReactElement {
    return this.#scene.picture({
      theme: this.#options.theme,
      size: this.#size,
      hasKeys: this.#hasKeys,
      finished: this.#finished,
      onKey: this.#handleKey,
      onReady: this.#handleReady,
    });
  }

  readonly #handleReady = (write: (text: string) => void): void => {
    this.#writeAbove = write;
  };

  readonly #handleKey = (key: string): void => {
    if (key === 'ctrl-c' && this.#scene.stopping === 'now') leaveAtOnce();
    else if (key === 'ctrl-c' || key === 'q') this.#request('now');
    else if (key === 's') this.#request('after-epoch');
    else if (key === 'ctrl-z') this.#suspend();
  };

  #request(request: StopRequest): void {
    const before = this.#scene.stopping;
    this.stopping(request);
    if (this.#scene.stopping !== before) this.#options.requestStop(request);
  }

  /** A terminal that became narrower has wrapped the frame: more rows are to be taken away than Ink knows of. */
  #resize(): void {
    const { stderr, env } = this.#options;
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
    const { stderr, stdin } = this.#options;
    this.#restoreTerminal();
    process.kill(0, 'SIGTSTP');
    // This line is reached when the job goes on, with what the shell wrote below the old frame.
    if (isForeground()) stdin.setRawMode(true);
    stderr.write(HIDE_CURSOR + '\n'.repeat(this.#frames.frameWidths.length));
    this.#size = sizeOf(stderr);
    this.#writeAbove('');
  }

  #restoreTerminal(): void {
    const { stderr, stdin } = this.#options;
    if (this.#hasKeys) stdin.setRawMode(false);
    stderr.write(SHOW_CURSOR);
  }
}

function sizeOf(stream: NodeJS.WriteStream): ScreenSize {
  return { columns: stream.columns ?? 80, rows: stream.rows ?? 24 };
}
