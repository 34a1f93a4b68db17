import Table from 'cli-table3';
import type { Theme, Tone } from '../terminal/theme.js';
import { COLUMN_GAP, type Column, cellText, columnWidths, cutCell } from './column.js';

/** How wide and in what characters a table is drawn. */
export interface TableStyle {
  /** Infinity where the output is no terminal: nothing is dropped or cut then. */
  readonly width: number;
  readonly theme: Theme;
}

export interface TableOptions<R> extends TableStyle {
  /** A text a column of its own below the rows, by the column's key. */
  readonly total?: Readonly<Record<string, string>>;
  /** How a row's cell looks. */
  tone?(row: R, column: Column<R>): Tone;
}

/** A table of one line a row that is at most as wide as the terminal. Ends in a line break. */
export function renderTable<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  options: TableOptions<R>,
): string {
  const widths = columnWidths(rows, columns, options.width, options.total);
  const kept = columns.filter((column) => widths.has(column));
  const { theme } = options;
  const line = (cells: readonly string[], tone: (i: number) => Tone) =>
    cells.map((cell, i) =>
      theme.paint(tone(i), cutCell(cell, kept[i]!, widths.get(kept[i]!)!, theme.glyphs.ellipsis)),
    );
  const strong = () => 'strong' as const;
  const rule = line(
    kept.map((column) => theme.glyphs.barEmpty.repeat(widths.get(column)!)),
    () => 'quiet',
  );
  const head = line(
    kept.map((column) => column.header),
    strong,
  );
  const body = rows.map((row) =>
    line(
      kept.map((column) => cellText(column, row)),
      (i) => options.tone?.(row, kept[i]!) ?? 'plain',
    ),
  );
  const { total } = options;
  const foot =
    total === undefined
      ? []
      : [
          rule,
          line(
            kept.map((column) => total[column.key] ?? ''),
            strong,
          ),
        ];
  const lines = [head, rule, ...body, ...foot];
  return drawn(
    lines,
    kept.map((column) => ({ width: widths.get(column)!, align: column.align ?? 'left' })),
  );
}

/** Lines that are drawn at once: cli-table3 looks at all of them for each, 18 s for 10,000. */
const AT_ONCE = 50;

function drawn(
  lines: readonly string[][],
  columns: readonly { readonly width: number; readonly align: 'left' | 'right' }[],
): string {
  const form = {
    ...FRAMELESS,
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map(({ align }) => align),
  };
  let text = '';
  for (let from = 0; from < lines.length; from += AT_ONCE) {
    const table = new Table(form);
    table.push(...lines.slice(from, from + AT_ONCE));
    text += `${table.toString().replace(/[ ]+$/gm, '')}\n`;
  }
  return text;
}

/** No frame, no line between rows: the rules are rows of their own. */
const FRAMELESS = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: COLUMN_GAP,
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
};
