import { COLUMN_GAP, type Column, cellText, columnWidths, cutCell } from '../../../report/column.js';
import { textWidth } from '../../../terminal/text.js';
import type { Span, Theme, Tone } from '../../../terminal/theme.js';

export interface TableLines<R> {
  readonly rows: readonly R[];
  readonly columns: readonly Column<R>[];
  /** Where the cursor is; -1 for none. */
  readonly at: number;
  readonly width: number;
  /** With the line of headings. */
  readonly height: number;
  /** Whether the keys go to it. */
  readonly isFocused: boolean;
  readonly theme: Theme;
  tone?(row: R, column: Column<R>): Tone;
  /** A character in front of each row. */
  mark?(row: R): Span | null;
}

/** A table with a cursor, of which only the rows in sight are drawn: a line of headings, and a line a row. */
export function tableLines<R>(table: TableLines<R>): Span[][] {
  const { rows, columns, at, width, height, isFocused, theme, mark } = table;
  const margin = mark === undefined ? 2 : 4;
  const widths = widthsOf(rows, columns, width - margin);
  const kept = [...widths.keys()];
  const head = cells(kept, widths, (column) => column.header, theme);
  const lines: Span[][] = [
    [{ text: ' '.repeat(margin) }, ...between(head.map((text): Span => ({ text, tone: 'quiet' })))],
  ];
  const room = height - 1;
  const first = firstInSight(rows.length, room, at);
  for (const [i, row] of rows.slice(first, first + Math.max(0, room)).entries()) {
    const isCurrent = first + i === at;
    const sign = signOf(isFocused, theme);
    const front: Span[] = [{ text: isCurrent ? sign : '  ', tone: isFocused ? 'training' : 'quiet' }];
    if (mark !== undefined) front.push(mark(row) ?? { text: ' ' }, { text: ' ' });
    const texts = cells(kept, widths, (column) => cellText(column, row), theme);
    const tone = (column: Column<R>) =>
      isCurrent && isFocused ? 'strong' : (table.tone?.(row, column) ?? 'plain');
    lines.push([...front, ...between(texts.map((text, c): Span => ({ text, tone: tone(kept[c]!) })))]);
  }
  return lines;
}

/** Of the row with the cursor: full where the keys go to the list. */
function signOf(isFocused: boolean, { glyphs }: Theme): string {
  if (glyphs.braille) return isFocused ? '▸ ' : '▹ ';
  return isFocused ? '> ' : '- ';
}

interface KnownWidths {
  readonly of: string;
  readonly widths: ReadonlyMap<Column<never>, number>;
}

/** Of rows the widths that were worked out last: that takes a look at all of them, and is asked for at every draw. */
const known = new WeakMap<object, KnownWidths>();

function widthsOf<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  width: number,
): ReadonlyMap<Column<R>, number> {
  const of = `${width}\n${columns.map(({ key, header }) => `${key} ${header}`).join('\n')}`;
  const before = known.get(rows);
  if (before?.of === of) return before.widths as ReadonlyMap<Column<R>, number>;
  const widths = columnWidths(rows, columns, width);
  known.set(rows, { of, widths: widths as ReadonlyMap<Column<never>, number> });
  return widths;
}

/** Texts as wide as their columns. */
function cells<R>(
  columns: readonly Column<R>[],
  widths: ReadonlyMap<Column<R>, number>,
  textOf: (column: Column<R>) => string,
  { glyphs }: Theme,
): string[] {
  return columns.map((column) => {
    const width = widths.get(column)!;
    const text = cutCell(textOf(column), column, width, glyphs.ellipsis);
    const filling = ' '.repeat(Math.max(0, width - textWidth(text)));
    return column.align === 'right' ? filling + text : text + filling;
  });
}

function between(spans: readonly Span[]): Span[] {
  return spans.flatMap((span, i) => (i === 0 ? [span] : [{ text: COLUMN_GAP }, span]));
}

/** The first of `total` rows to show, so that the one with the cursor is in sight, about in the middle. */
export function firstInSight(total: number, room: number, at: number): number {
  return Math.max(0, Math.min(total - room, at - Math.floor(room / 2)));
}
