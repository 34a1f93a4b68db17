import Table from 'cli-table3';
import { textWidth, truncate, truncateMiddle } from '../terminal/text.js';
import type { Theme, Tone } from '../terminal/theme.js';
import { type Column, cellText } from './column.js';

const GAP = '  ';
/** A text that is cut keeps at least so many columns. */
const MIN_TEXT = 4;

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
  const texts = (column: Column<R>) => [
    column.header,
    ...rows.map((row) => cellText(column, row)),
    options.total?.[column.key] ?? '',
  ];
  const natural = columns.map((column) => widest(texts(column)));
  const widths = fitColumns(columns, natural, options.width);
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

function cutCell<R>(cell: string, { cut }: Column<R>, width: number, mark: string): string {
  return cut === 'middle' ? truncateMiddle(cell, width, mark) : truncate(cell, width, mark);
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

/**
 * The columns that fit into `width`, each with its own width: texts that may shrink do so first, then whole columns
 * go, the largest priority first; what is left after that is cut on the left-aligned side only, so that no number is.
 */
function fitColumns<R>(
  columns: readonly Column<R>[],
  natural: readonly number[],
  width: number,
): Map<Column<R>, number> {
  const full = new Map(columns.map((column, i) => [column, natural[i]!]));
  const least = (column: Column<R>) => Math.min(full.get(column)!, column.shrinkTo ?? Infinity);
  let kept = [...columns];
  while (lineWidth(kept.map(least)) > width) {
    const worst = kept.reduce((a, b) => (b.priority >= a.priority ? b : a));
    if (worst.priority === 0) break;
    kept = kept.filter((column) => column !== worst);
  }
  const widths = new Map(kept.map((column) => [column, least(column)]));
  for (const column of kept) {
    const spare = width - lineWidth([...widths.values()]);
    widths.set(column, Math.min(full.get(column)!, widths.get(column)! + Math.max(0, spare)));
  }
  for (const column of kept.filter((c) => c.align !== 'right')) {
    const excess = lineWidth([...widths.values()]) - width;
    if (excess > 0)
      widths.set(column, Math.max(Math.min(MIN_TEXT, full.get(column)!), widths.get(column)! - excess));
  }
  return widths;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, textWidth(text)), 0);
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0) + GAP.length * Math.max(0, widths.length - 1);
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
    middle: GAP,
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
};
