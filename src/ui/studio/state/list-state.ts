/** How a list is looked at: what stays when its rows change, and is kept for the next start. */
export interface ListState {
  /** The row under the cursor by its id; null for the first. */
  readonly cursor: string | null;
  /** What is typed behind `/`. */
  readonly filter: string;
  /** The column that rows are in order of; null for their own order. */
  readonly sort: string | null;
  readonly isDescending: boolean;
  /** Ids of rows that are marked, in the order of their marking. */
  readonly marks: readonly string[];
}

export const EMPTY_LIST: ListState = { cursor: null, filter: '', sort: null, isDescending: false, marks: [] };

/** The marks with this row marked, or no longer. */
export function toggled(marks: readonly string[], id: string): readonly string[] {
  return marks.includes(id) ? marks.filter((mark) => mark !== id) : [...marks, id];
}
