import { visible } from '../base/text/visible.js';
import { textWidth, truncate, truncateMiddle } from '../terminal/text.js';

/** A value in a report before it is formatted: what CSV prints as it stands. */
export type Cell = string | number | null;

/** One column of a report, the same in every format. */
export interface Column<R> {
  /** camelCase: the heading in CSV. */
  readonly key: string;
  /** The heading in tables and markdown. */
  readonly header: string;
  value(row: R): Cell;
  /** How tables and markdown show the value; `String` where absent. */
  format?(value: never): string;
  /** What tables and markdown show for null. */
  readonly none?: string;
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right';
  /** 0 stays whatever happens; of the others the largest is dropped first where a table is too wide. */
  readonly priority: number;
  /** A text that may be cut to so many columns before anything is dropped. */
  readonly shrinkTo?: number;
  /** Where a text that is too long is cut; at its end where absent. */
  readonly cut?: 'middle' | ((text: string, width: number, mark: string) => string);
  /** A word behind the value in tables and markdown, such as what it was measured on. */
  note?(row: R): string;
}

/** A value as tables and markdown show it. */
export function cellText<R>(column: Column<R>, row: R): string {
  const value = column.value(row);
  if (value === null) return column.none ?? '';
  const text = column.format ? column.format(value as never) : visible(String(value));
  const note = column.note?.(row) ?? '';
  return note === '' ? text : `${text} ${note}`;
}

/** A text of a cell in so many columns. */
export function cutCell<R>(cell: string, { cut }: Column<R>, width: number, mark: string): string {
  if (typeof cut === 'function') return cut(cell, width, mark);
  return cut === 'middle' ? truncateMiddle(cell, width, mark) : truncate(cell, width, mark);
}

/** What stands between two columns of a table. */
export const COLUMN_GAP = '  ';
/** A text that is cut keeps at least so many columns. */
const MIN_TEXT = 4;

/** The columns of a table that fit into `width`, each with its own width. @param total a text of its own for each below the rows */
export function columnWidths<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  width: number,
  total: Readonly<Record<string, string>> = {},
): ReadonlyMap<Column<R>, number> {
  const natural = columns.map((column) =>
    widest([column.header, ...rows.map((row) => cellText(column, row)), total[column.key] ?? '']),
  );
  return fitColumns(columns, natural, width);
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
  return (
    widths.reduce((total, width) => total + width, 0) + COLUMN_GAP.length * Math.max(0, widths.length - 1)
  );
}
