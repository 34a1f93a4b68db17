import { EventEmitter } from 'node:events';
import { isForeground } from '../../terminal/terminal.js';
import type { ScreenSize } from '../state/screen-plan.js';

/** The alternate screen without a cursor, where a line that is too long is cut and not broken, and pastes are told from keys. */
const OPEN = '\u001b[?1049h\u001b[?2004h\u001b[?25l\u001b[?7l\u001b[0m\u001b[2J';
const CLOSE = '\u001b[0m\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Still there, but as a program expects a terminal to be. */
const LEND = '\u001b[0m\u001b[?2004l\u001b[2J\u001b[H\u001b[?7h\u001b[?25h';
/** Shown again for the program that has it, which may have drawn on it already: nothing is wiped. */
const LEND_AGAIN = '\u001b[?1049h';
/** A terminal that knows these shows what is between them at once; the others leave them alone. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const CLEAR = '\u001b[0m\u001b[2J';
const ERASE_LINE = '\u001b[0m\u001b[2K';

/** What a screen needs of a terminal. */
export interface FullScreenOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** The terminal has another size, or is this program's again after it was stopped. */
  readonly onChange: () => void;
}

/**
 * The whole terminal, on its alternate screen. What Ink draws (in its debug mode, which hands over whole frames) is held
 * against what is there, and only the lines that differ are written, so that nothing flickers and little travels over SSH.
 * Ctrl-Z, `fg` and signals that stop leave the terminal to the shell as it was.
 */
export class FullScreen {
  /** What Ink takes for standard output. */
  readonly stream: NodeJS.WriteStream;
  readonly #options: FullScreenOptions;
  /** The lines on the terminal; empty where they are not known. */
  #shown: readonly string[] = [];
  #frame: readonly string[] = [];
  /** Whose the terminal is: the shell's, this program's, or that of a program which it is lent to. */
  #state: 'closed' | 'open' | 'lent' = 'closed';
  /** Whether the shell has it until the program goes on. */
  #isStopped = false;
  #undo: (() => void)[] = [];

  constructor(options: FullScreenOptions) {
    this.#options = options;
    this.stream = new Frames(options.stdout, (text) => this.#draw(text)) as unknown as NodeJS.WriteStream;
  }

  get size(): ScreenSize {
    const { columns, rows } = this.#options.stdout;
    return { columns: columns || 80, rows: rows || 24 };
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether another program has it: nothing is to be drawn then, and signals of keys are meant for that program. */
  get isLent(): boolean {
    return this.#state === 'lent';
  }

  open(): void {
    const { stdout } = this.#options;
    this.#enter();
    const resize = () => {
      this.#clear();
      this.#options.onChange();
    };
    stdout.on('resize', resize);
    this.#undo.push(() => stdout.off('resize', resize));
    if (process.platform !== 'win32') this.#listenToJobs();
  }

  /** Puts the terminal back, also where it is lent; a second call changes nothing. */
  close(): void {
    if (this.#state !== 'closed' && !this.#isStopped) this.#putBack();
    this.#state = 'closed';
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** Writes every line anew. */
  redraw(): void {
    this.#clear();
    this.#write();
  }

  /** As Ctrl-Z does where a program has no say in it: with it stop those who wait for it, such as npx. */
  suspend(): void {
    if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
  }

  /**
   * Gives the cleared alternate screen and the keys to another program until `work` is over, so that what it leaves there
   * does not stay when the studio is left. Until then nothing is drawn; where the screen is closed meanwhile it stays so.
   * @param work returns a sentence where what is on the screen is to stay until a key is pressed
   */
  async lend(work: () => Promise<string | null>): Promise<void> {
    const { stdin, stdout } = this.#options;
    this.#state = 'lent';
    stdin.setRawMode(false);
    // What is read here would be missing there. A stream lets go of its source in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve));
    stdin.pause();
    stdout.write(LEND);
    try {
      const words = await work();
      if (words === null || !this.isLent) return;
      stdout.write(`\r\n${words}`);
      await this.#anyKey();
    } finally {
      if (this.isLent) this.#enter();
    }
  }

  /** Waits for a key, or for the end. */
  #anyKey(): Promise<void> {
    const { stdin } = this.#options;
    return new Promise((resolve) => {
      const end = () => {
        stdin.off('data', end).pause();
        resolve();
      };
      this.#undo.push(end);
      stdin.setRawMode(true);
      stdin.on('data', end).resume();
    });
  }

  #listenToJobs(): void {
    const stop = () => {
      this.#isStopped = true;
      this.#putBack();
      process.kill(process.pid, 'SIGSTOP');
    };
    const goOn = () => {
      if (!this.#isStopped) return;
      // As of every program that reads keys: in the background it waits until it is in front again.
      if (!isForeground()) {
        process.kill(process.pid, 'SIGSTOP');
        return;
      }
      this.#isStopped = false;
      if (this.isLent) this.#options.stdout.write(LEND_AGAIN);
      else this.#enter();
      this.#options.onChange();
    };
    process.on('SIGTSTP', stop).on('SIGCONT', goOn);
    this.#undo.push(() => process.off('SIGTSTP', stop).off('SIGCONT', goOn));
  }

  #enter(): void {
    this.#state = 'open';
    this.#shown = [];
    this.#options.stdin.setRawMode(true);
    this.#options.stdout.write(OPEN);
    this.#write();
  }

  #putBack(): void {
    this.#options.stdout.write(CLOSE);
    this.#options.stdin.setRawMode(false);
  }

  #clear(): void {
    this.#shown = [];
    if (this.#isDrawn) this.#options.stdout.write(CLEAR);
  }

  get #isDrawn(): boolean {
    return this.#state === 'open' && !this.#isStopped;
  }

  #draw(frame: string): void {
    this.#frame = frame.split('\n');
    this.#write();
  }

  /** Writes the lines that are not there yet. */
  #write(): void {
    if (!this.#isDrawn) return;
    const { rows } = this.size;
    let text = '';
    for (let row = 0; row < rows; row++) {
      const line = this.#frame[row] ?? '';
      if (line === (this.#shown[row] ?? '')) continue;
      text += `\u001b[${row + 1};1H${ERASE_LINE}${line}`;
    }
    this.#shown = this.#frame.slice(0, rows);
    if (text !== '') this.#options.stdout.write(`${BEGIN}${text}${END}`);
  }
}

/** Standard output as Ink is to see it: endlessly high, since Ink wipes the scrollback of a terminal that is lower than its frame. */
class Frames extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  readonly rows = Number.POSITIVE_INFINITY;
  readonly #target: NodeJS.WriteStream;
  readonly #onFrame: (frame: string) => void;

  constructor(target: NodeJS.WriteStream, onFrame: (frame: string) => void) {
    super();
    this.#target = target;
    this.#onFrame = onFrame;
  }

  get columns(): number {
    return this.#target.columns || 80;
  }

  write(text: string, done?: () => void): boolean {
    // Beside frames Ink asks for the cursor to be shown as it ends, and waits for an empty text to be written.
    if (text !== '' && text !== '\u001b[?25h') this.#onFrame(text);
    if (done !== undefined) setImmediate(done);
    return true;
  }
}
