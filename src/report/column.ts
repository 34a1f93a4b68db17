import { visible } from '../base/text/visible.js';

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
  readonly cut?: 'middle';
}

/** A value as tables and markdown show it. */
export function cellText<R>(column: Column<R>, row: R): string {
  const value = column.value(row);
  if (value === null) return column.none ?? '';
  return column.format ? column.format(value as never) : visible(String(value));
}
