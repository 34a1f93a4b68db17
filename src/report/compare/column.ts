import type { CompareRow } from '../../tasks/compare/row.js';
import type { Column } from '../column.js';

/** A column of a list of models or runs. */
export interface RunColumn<R> extends Column<R> {
  /** Where the best stands first when rows are sorted; texts and counts begin with the least. */
  readonly best?: 'high';
  /** Came out of training, so it says little beside a run on other data or under another budget. */
  readonly isResult?: true;
  /** The value in JSON, where that is more than a cell holds. */
  json?(row: R): unknown;
}

export type CompareColumn = RunColumn<CompareRow>;

/** A row's fields in JSON, by the keys of these columns. */
export function fieldsOf<R>(row: R, columns: readonly RunColumn<R>[]): object {
  return Object.fromEntries(
    columns.map((column) => [column.key, column.json ? column.json(row) : column.value(row)]),
  );
}
