import type { Instance } from 'ink';
import type { CommandEntry } from '../../cli/command.js';
import { nameOf } from '../../cli/names.js';
import type { ColorLevel } from '../../terminal/color.js';
import { hasLightGround } from '../../terminal/terminal.js';
import type { PictureStyle } from '../../terminal/terminal-picture.js';
import type { Theme } from '../../terminal/theme.js';
import { FullScreen } from '../screen/full-screen.js';
import { keyboardOf } from '../screen/keyboard.js';
import type { Ink } from '../screen/load-ink.js';
import { paste, press } from './keys/press.js';
import { withOutput } from './overlays/output.js';
import { PANES, paneOf } from './panes/index.js';
import { wordsOf } from './parts/words.js';
import type { Studio, StudioProps } from './screen/Studio.js';
import { type Borrower, lendTerminal, type RunningCommand, runCommand } from './services/children.js';
import { isKeptSame, saveState } from './services/saved.js';
import { sendSignal } from './services/signal.js';
import { Sources } from './sources.js';
import type { Effect } from './state/effect.js';
import type { Step } from './state/pane.js';
import { type StudioState, saying } from './state/studio-state.js';

/** At most 20 pictures a second. */
const FRAME_MS = 50;
/** How soon what is to be kept for the next start is written. */
const SAVE_MS = 3000;

export interface SessionOptions {
  readonly state: StudioState;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly theme: Theme;
  readonly level: ColorLevel;
  readonly unicode: boolean;
  readonly commands: readonly CommandEntry[];
  readonly ink: Ink;
  readonly screen: { readonly Studio: typeof Studio };
}

/** The studio as it runs: keys and news change the state, the state is drawn, and what actions want done is done. */
export class Session {
  readonly #options: SessionOptions;
  readonly #screen: FullScreen;
  readonly #sources: Sources;
  #state: StudioState;
  #kept: StudioState;
  #details: StudioProps['details'] = {};
  #instance: Instance | undefined;
  #drawn = 0;
  #frame: NodeJS.Timeout | undefined;
  #saving: NodeJS.Timeout | undefined;
  #command: RunningCommand | undefined;
  #borrower: Borrower | undefined;
  #end: ((code: number) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#kept = options.state;
    this.#screen = new FullScreen({
      ...options,
      onChange: () => this.#change((state) => this.#sized(state)),
    });
    this.#sources = new Sources({
      folder: options.state.folder,
      tell: (change) => this.#change(change),
      state: () => this.#state,
      trainCommand: async () => {
        const entry = options.commands.find(({ usage }) => nameOf(usage) === 'train')!;
        return (await entry.load()).command;
      },
    });
  }

  /** Puts the terminal back, however the studio ends. */
  readonly restore = (): void => this.#screen.close();

  /** @returns the exit code once it is left */
  async run(): Promise<number> {
    const ended = new Promise<number>((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.#state = this.#sized(this.#state);
    this.#screen.open();
    this.#render();
    this.#sources.start();
    setImmediate(() => void this.#loadDetails().catch((error: unknown) => this.#fail?.(error)));
    try {
      return await ended;
    } finally {
      this.#borrower?.cancel();
      await this.#borrower?.ended;
      this.#close();
    }
  }

  /** Leaves with this exit code. */
  leave(code: number): void {
    this.#end?.(code);
  }

  /** Leaves as after Ctrl-C, unless that key was pressed for a program that has the terminal. */
  interrupt(code: number): void {
    if (!this.#screen.isLent) this.leave(code);
  }

  /** Puts everything back at once, for a signal. */
  #close(): void {
    clearTimeout(this.#frame);
    clearTimeout(this.#saving);
    this.#screen.close();
    this.#instance?.unmount();
    this.#command?.cancel();
    this.#sources.close();
    if (!isKeptSame(this.#state, this.#kept)) saveState(this.#state);
  }

  #sized(state: StudioState): StudioState {
    return { ...state, size: this.#screen.size };
  }

  /** What stands beside the lists needs more code than the first picture. */
  async #loadDetails(): Promise<void> {
    const current = paneOf(this.#state);
    for (const pane of [current, ...PANES.filter((one) => one !== current)]) {
      const detail = await pane.loadDetail();
      this.#details = { ...this.#details, [pane.name]: detail };
      this.#schedule();
    }
  }

  readonly #onKey = (key: string): void => {
    try {
      this.#take(press(this.#state, key));
    } catch (error) {
      this.#fail?.(error);
    }
  };

  #onPaste(text: string): void {
    try {
      this.#take(paste(this.#state, text));
    } catch (error) {
      this.#fail?.(error);
    }
  }

  #take({ state, effects }: Step): void {
    this.#change(() => state);
    for (const effect of effects) this.#do(effect);
  }

  #change(change: (state: StudioState) => StudioState): void {
    const next = change(this.#state);
    if (next === this.#state) return;
    this.#state = next;
    this.#sources.meet(next);
    this.#schedule();
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      if (isKeptSame(this.#state, this.#kept)) return;
      saveState(this.#state);
      this.#kept = this.#state;
    }, SAVE_MS).unref();
  }

  /** Draws at once, unless that was done so short ago that an eye would not follow. */
  #schedule(): void {
    if (this.#frame !== undefined) return;
    const wait = Math.max(0, this.#drawn + FRAME_MS - performance.now());
    this.#frame = setTimeout(() => {
      this.#frame = undefined;
      this.#render();
    }, wait);
  }

  #render(): void {
    if (!this.#screen.isOpen) return;
    const { ink, screen, theme, level, unicode } = this.#options;
    const pictures: PictureStyle = { level, unicode, onLight: hasLightGround(process.env) };
    const props = { state: this.#state, theme, pictures, details: this.#details, onKey: this.#onKey };
    const element = ink.createElement(screen.Studio, props);
    this.#drawn = performance.now();
    if (this.#instance !== undefined) {
      this.#instance.rerender(element);
      return;
    }
    const { stream } = this.#screen;
    const stdin = keyboardOf(this.#options.stdin, (text) => this.#onPaste(text));
    const options = { stdout: stream, stderr: stream, stdin, exitOnCtrlC: false, patchConsole: false };
    this.#instance = ink.render(element, { ...options, debug: true, isScreenReaderEnabled: false });
    this.#instance.waitUntilExit().catch((error: unknown) => this.#fail?.(error));
  }

  #do(effect: Effect): void {
    switch (effect.do) {
      case 'leave':
        this.leave(effect.code);
        return;
      case 'suspend':
        this.#screen.suspend();
        return;
      case 'redraw':
        this.#screen.redraw();
        return;
      case 'train':
        void this.#sources.train(effect.words);
        return;
      case 'command':
        this.#run(effect.words);
        return;
      case 'lend':
        void this.#lend(effect.words).catch((error: unknown) => this.#fail?.(error));
        return;
      case 'cancel':
        this.#command?.cancel();
        return;
      case 'signal':
        this.#signal(effect.pid, effect.signal);
        return;
      case 'remove':
        void this.#sources.remove(effect.dirs);
        return;
      case 'complete':
        void this.#complete(effect.text);
        return;
      case 'examine':
        this.#sources.examine();
        return;
    }
  }

  #run(words: readonly string[]): void {
    const { level } = this.#options;
    const change = (text: string, code: number | null) =>
      this.#change((state) => {
        const { overlay } = state;
        if (overlay?.kind !== 'output' || overlay.code !== null) return state;
        return { ...state, overlay: { ...withOutput(overlay, text), code } };
      });
    const command = runCommand(
      words,
      { level, columns: this.#state.size.columns },
      {
        text: (text) => change(text, null),
        end: (code) => {
          if (this.#command === command) this.#command = undefined;
          change('', code);
          const words = code === 0 ? 'done' : `ended with exit code ${code}`;
          this.#change((state) =>
            saying(state, words, code === 0 ? 'good' : 'warning', state.said?.line ?? null),
          );
          this.#sources.refresh();
        },
      },
    );
    this.#command = command;
  }

  async #lend(words: readonly string[]): Promise<void> {
    this.#instance?.unmount();
    this.#instance = undefined;
    await this.#screen.lend(async () => {
      this.#borrower = lendTerminal(words);
      const code = await this.#borrower.ended;
      this.#borrower = undefined;
      // Steps have had a screen of their own; what a lesson came to, or what went wrong, is to be read.
      return words.includes('--steps') && code !== 1 && code !== 2
        ? null
        : 'Any key goes back to the studio.';
    });
    this.#sources.refresh();
    this.#render();
  }

  #signal(pid: number, signal: NodeJS.Signals): void {
    const problem = sendSignal(pid, signal);
    if (problem !== null) this.#change((state) => saying(state, problem, 'warning'));
  }

  /** Candidates for the last word of a line, as long as it is still the same. */
  async #complete(text: string): Promise<void> {
    const words = wordsOf(text) ?? [];
    const all = /\s$/.test(text) || text === '' ? [...words, ''] : words;
    const { complete } = await import('../../cli/completion/complete.js');
    const found = await complete(all[0] === 'cnnzoo' ? all.slice(1) : all, this.#options.commands).catch(
      () => [],
    );
    this.#change((state) => {
      const { overlay } = state;
      if (overlay?.kind !== 'prompt' || overlay.purpose !== 'command' || overlay.input.text !== text)
        return state;
      return { ...state, overlay: { ...overlay, candidates: found.map(({ value }) => value), chosen: null } };
    });
  }
}
