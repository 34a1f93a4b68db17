import type { Column } from '../../../report/column.js';
import { filterRows } from '../../../report/filter.js';
import type { ListState } from '../state/list-state.js';
import type { AnyPane, ListSource } from '../state/pane.js';
import { type StudioState, withList } from '../state/studio-state.js';

/** The rows of a list as they are shown. */
export interface Shown<R> {
  readonly rows: readonly R[];
  /** Where the cursor is; -1 where there is no row. */
  readonly at: number;
  readonly total: number;
  readonly problem: string | null;
}

interface Kept {
  readonly rows: readonly unknown[];
  readonly columns: readonly unknown[];
  readonly list: ListState;
  readonly shown: Shown<never>;
}

/** Of each source what was worked out last: every part of the screen and every key asks for it. */
const kept = new WeakMap<object, Kept>();

/** The rows that the filter leaves, in the order that was asked for. */
export function shownRows<R>(source: ListSource<R>, state: StudioState, list: ListState): Shown<R> {
  const [rows, columns] = [source.rows(state), source.columns(state)];
  const before = kept.get(source);
  if (before?.rows === rows && before.columns === columns && isSame(before.list, list)) {
    if (before.list.cursor === list.cursor) return before.shown as Shown<R>;
    const shown = withCursor(before.shown as Shown<R>, source, list);
    kept.set(source, { ...before, list, shown: shown as Shown<never> });
    return shown;
  }
  const { rows: left, problem } = filterRows(rows, columns, source.aliases, list.filter);
  const ordered = sorted(left, columns, list);
  const shown = withCursor({ rows: ordered, at: -1, total: rows.length, problem }, source, list);
  kept.set(source, { rows, columns, list, shown: shown as Shown<never> });
  return shown;
}

function isSame(a: ListState, b: ListState): boolean {
  return a.filter === b.filter && a.sort === b.sort && a.isDescending === b.isDescending;
}

function withCursor<R>(shown: Shown<R>, source: ListSource<R>, { cursor }: ListState): Shown<R> {
  const found = shown.rows.findIndex((row) => source.id(row) === cursor);
  return { ...shown, at: shown.rows.length === 0 ? -1 : Math.max(0, found) };
}

function sorted<R>(rows: readonly R[], columns: readonly Column<R>[], { sort, isDescending }: ListState) {
  const column = columns.find(({ key }) => key === sort);
  if (column === undefined) return rows;
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    // What has no value comes last, whichever way.
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}

/** The row under the cursor. */
export function currentRow<R>(source: ListSource<R>, state: StudioState, list: ListState): R | undefined {
  const { rows, at } = shownRows(source, state, list);
  return rows[at];
}

/** The rows that are marked, wherever a filter hides them; where none is, the one under the cursor. */
export function chosenRows<R>(source: ListSource<R>, state: StudioState, list: ListState): readonly R[] {
  const all = source.rows(state);
  const marked = list.marks.flatMap((id) => all.find((row) => source.id(row) === id) ?? []);
  if (marked.length > 0) return marked;
  const current = currentRow(source, state, list);
  return current === undefined ? [] : [current];
}

/** The cursor moved by so many rows, or to an end. */
export function moveCursor(state: StudioState, pane: AnyPane, by: number | 'first' | 'last'): StudioState {
  if (pane.list === null) return state;
  const { rows, at } = shownRows(pane.list, state, state.lists[pane.name]);
  if (rows.length === 0) return state;
  const wanted = by === 'first' ? 0 : by === 'last' ? rows.length - 1 : at + by;
  const row = rows[Math.max(0, Math.min(rows.length - 1, wanted))]!;
  return withList(state, pane.name, { cursor: pane.list.id(row) });
}
