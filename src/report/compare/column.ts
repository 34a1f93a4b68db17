import type { CompareRow } from '../../tasks/compare/row.js';
import type { Column } from '../column.js';

export interface CompareColumn extends Column<CompareRow> {
  /** Where the best stands first when rows are sorted; texts and counts begin with the least. */
  readonly best?: 'high';
  /** Came out of training, so it says little beside a run on other data or under another budget. */
  readonly isResult?: true;
  /** The value in JSON, where that is more than a cell holds. */
  json?(row: CompareRow): unknown;
}
