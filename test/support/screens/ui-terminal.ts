import { EventEmitter } from 'node:events';
import { charWidth } from '../../../src/terminal/text.js';

interface Row {
  text: string;
  width: number;
  /** The line goes on in the next row, because it was too wide. */
  wrapped: boolean;
}

const blank = (): Row => ({ text: '', width: 0, wrapped: false });

/**
 * A terminal to write to, with what a renderer needs of a real one: it moves the cursor up, erases rows, keeps what scrolls out,
 * breaks lines that are too wide and breaks them anew when it is resized. Colours are dropped from the rows; `raw` has them.
 */
export class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  readonly writableLength = 0;
  readonly destroyed = false;
  readonly writableEnded = false;
  raw = '';
  cursorShown = true;
  #all: Row[] = [blank()];
  #cursor = 0;

  readonly #colorDepth: number;

  constructor(
    public columns: number,
    public rows: number,
    colorDepth = 1,
  ) {
    super();
    this.#colorDepth = colorDepth;
  }

  getColorDepth(): number {
    return this.#colorDepth;
  }

  write(text: string, done?: () => void): boolean {
    this.raw += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    for (const [token, , argument, command] of text.matchAll(/(\u001b\[([?\d;]*)([A-Za-z]))|[^\u001b]/gu)) {
      if (command !== undefined) this.#obey(command, argument!);
      else if (token === '\n') this.#newline(false);
      // What returns to the start of a row writes it anew.
      else if (token === '\r') Object.assign(this.#all[this.#cursor]!, blank());
      else this.#put(token);
    }
    if (done !== undefined) setImmediate(done);
    return true;
  }

  /** As the window's border is dragged: lines are broken anew, then the program is told. */
  resize(columns: number, rows: number): void {
    const lines: string[] = [];
    let begun = false;
    for (const row of this.#all) {
      if (begun) lines[lines.length - 1] += row.text;
      else lines.push(row.text);
      begun = row.wrapped;
    }
    const below = this.#all.length - 1 - this.#cursor;
    this.columns = columns;
    this.rows = rows;
    this.#all = [blank()];
    this.#cursor = 0;
    lines.forEach((line, index) => {
      if (index > 0) this.#newline(false);
      for (const char of line) this.#put(char);
    });
    this.#cursor = this.#all.length - 1 - below;
    this.emit('resize');
  }

  /** What can be seen, without the empty rows at the end. */
  screen(): string[] {
    return this.#texts(this.#top);
  }

  /** All that was ever left on it. */
  history(): string[] {
    return this.#texts(0);
  }

  /** Whether any line in sight had to be broken. */
  get hasWrapped(): boolean {
    return this.#all.slice(this.#top).some((row) => row.wrapped);
  }

  get #top(): number {
    return Math.max(0, this.#all.length - this.rows);
  }

  #texts(from: number): string[] {
    const texts = this.#all.slice(from).map((row) => row.text.trimEnd());
    while (texts.at(-1) === '') texts.pop();
    return texts;
  }

  #obey(command: string, argument: string): void {
    const row = this.#all[this.#cursor]!;
    if (command === 'A') this.#cursor = Math.max(this.#top, this.#cursor - Number(argument || 1));
    else if (command === 'K' && argument === '2') Object.assign(row, blank());
    else if (argument === '?25') this.cursorShown = command === 'h';
  }

  #put(char: string): void {
    const width = charWidth(char);
    if (this.#all[this.#cursor]!.width + width > this.columns) this.#newline(true);
    const row = this.#all[this.#cursor]!;
    row.text += char;
    row.width += width;
  }

  #newline(wrapped: boolean): void {
    this.#all[this.#cursor]!.wrapped = wrapped;
    this.#cursor++;
    if (this.#cursor === this.#all.length) this.#all.push(blank());
  }
}

/** A keyboard for Ink. */
export class FakeKeyboard extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  #pending: string | null = null;

  press(keys: string): void {
    this.#pending = keys;
    this.emit('readable');
  }

  read(): string | null {
    const keys = this.#pending;
    this.#pending = null;
    return keys;
  }

  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }

  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
}
