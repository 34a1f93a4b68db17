import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../../terminal/text.js';

/**
 * Standard error as Ink is to see it: endlessly high, since Ink wipes the scrollback of a terminal that is lower than
 * its frame (the screen keeps its frame lower than the terminal itself), and telling of a new size only when the screen is ready for it.
 * It remembers the frame on the terminal, which is needed to take it away after the terminal has wrapped its lines.
 */
export class FrameStream extends EventEmitter {
  readonly isTTY = true;
  readonly rows = Number.POSITIVE_INFINITY;
  #frameWidths: number[] = [];

  readonly #target: NodeJS.WriteStream;

  constructor(target: NodeJS.WriteStream) {
    super();
    this.#target = target;
  }

  get columns(): number {
    return this.#target.columns ?? 80;
  }

  get writable(): boolean {
    return this.#target.writable;
  }

  get destroyed(): boolean {
    return this.#target.destroyed;
  }

  get writableEnded(): boolean {
    return this.#target.writableEnded;
  }

  get writableLength(): number {
    return this.#target.writableLength;
  }

  /** Widths of the lines of the frame that is on the terminal; Ink writes a frame whole, and last. */
  get frameWidths(): readonly number[] {
    return this.#frameWidths;
  }

  write(text: string, done?: () => void): boolean {
    const visible = stripVTControlCharacters(text);
    if (visible !== '') this.#frameWidths = visible.replace(/\n$/, '').split('\n').map(textWidth);
    return this.#target.write(text, done);
  }
}

/** Rows that lines of these widths take on a terminal of `columns` once it has wrapped them. */
export function rowsOf(widths: readonly number[], columns: number): number {
  return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
}
