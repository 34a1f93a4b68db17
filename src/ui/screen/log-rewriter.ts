import { textWidth } from '../../terminal/text.js';
import { createTheme, type Theme } from '../../terminal/theme.js';
import { logLines } from '../lines/log-lines.js';
import type { ScreenSize } from '../state/screen-plan.js';
import type { LogItem } from '../state/training-state.js';
import { rowsOf } from './frame-stream.js';

const UP_AND_ERASE = '\u001b[1A\u001b[2K';

interface RewriteOptions {
  readonly size: ScreenSize;
  /** Rows of the screen under the lines. */
  readonly frameHeight: number;
  /** Whether the terminal has wrapped the lines that were too wide for its new width. */
  readonly reflows: boolean;
}

/** Keeps the lines above the screen right when the terminal changes its width: those in sight are written again for the new one. */
export class LogRewriter {
  #items: readonly LogItem[] = [];
  /** For every item the widths of its lines as they were written last. */
  #widths: number[][] = [];

  readonly #theme: Theme;
  readonly #epochs: number;

  constructor(theme: Theme, epochs: number) {
    this.#theme = theme;
    this.#epochs = epochs;
  }

  /** Notes that items were written on a terminal of `columns`. */
  note(items: readonly LogItem[], columns: number): void {
    for (const item of items.slice(this.#items.length)) this.#widths.push(this.#measure(item, columns));
    this.#items = items;
  }

  /** What takes the lines in sight away and writes them again, for a cursor at the start of the row below them. */
  rewrite({ size, frameHeight, reflows }: RewriteOptions): string {
    const visible = Math.max(0, size.rows - 1 - frameHeight);
    const columns = reflows ? size.columns : Number.POSITIVE_INFINITY;
    let rows = 0;
    let first = this.#items.length;
    while (first > 0 && rows < visible) {
      first--;
      rows += rowsOf(this.#widths[first]!, columns);
    }
    const lines: string[] = [];
    for (const [offset, item] of this.#items.slice(first).entries()) {
      this.#widths[first + offset] = this.#measure(item, size.columns);
      lines.push(...this.#lines(item, size.columns, this.#theme));
    }
    return UP_AND_ERASE.repeat(Math.min(rows, visible)) + lines.map((line) => `${line}\n`).join('');
  }

  #lines(item: LogItem, columns: number, theme: Theme): string[] {
    return logLines(item, { theme, width: columns - 1, epochs: this.#epochs });
  }

  #measure(item: LogItem, columns: number): number[] {
    return this.#lines(item, columns, UNPAINTED).map(textWidth);
  }
}

const UNPAINTED = createTheme(0, true);
