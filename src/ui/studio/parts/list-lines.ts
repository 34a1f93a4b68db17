import type { Column } from '../../../report/column.js';
import { truncate } from '../../../terminal/text.js';
import type { Span, Theme } from '../../../terminal/theme.js';
import type { ListState } from '../state/list-state.js';
import type { Area, ListSource } from '../state/pane.js';
import type { StudioState } from '../state/studio-state.js';
import { shownRows } from './rows.js';
import { wrapped } from './spans.js';
import { tableLines } from './table-lines.js';

/** The list of a pane, with its cursor, marks and order; where there is nothing in it, what to do about that. */
export function listLines<R>(
  source: ListSource<R>,
  state: StudioState,
  list: ListState,
  { width, height }: Area,
  theme: Theme,
): Span[][] {
  const { rows, at, total, problem } = shownRows(source, state, list);
  const wrong: Span[][] =
    problem === null ? [] : [[{ text: truncate(problem, width, theme.glyphs.ellipsis), tone: 'warning' }]];
  if (total === 0) return source.empty(state).flatMap((line) => (line === '' ? [[]] : wrapped(line, width)));
  if (rows.length === 0) return [...wrong, ...wrapped(NOTHING_LEFT, width, 'quiet')];
  const hasMarks = list.marks.length > 0 || source.mark !== undefined;
  const table = tableLines({
    rows,
    columns: withOrder(source.columns(state), list, theme),
    at,
    width,
    height: height - wrong.length,
    isFocused: state.focus === 'list',
    theme,
    tone: source.tone,
    ...(hasMarks ? { mark: (row: R) => source.mark?.(state, row) ?? markOf(source, list, row, theme) } : {}),
  });
  return [...wrong, ...table];
}

const NOTHING_LEFT = 'Nothing is left of this filter: esc takes it away.';

/** The heading of the column that rows are in order of says so. */
function withOrder<R>(
  columns: readonly Column<R>[],
  { sort, isDescending }: ListState,
  { glyphs }: Theme,
): readonly Column<R>[] {
  const [up, down] = glyphs.braille ? ['↑', '↓'] : ['+', '-'];
  if (!columns.some(({ key }) => key === sort)) return columns;
  return columns.map((column) =>
    column.key === sort ? { ...column, header: `${column.header}${isDescending ? down : up}` } : column,
  );
}

function markOf<R>(source: ListSource<R>, { marks }: ListState, row: R, { glyphs }: Theme): Span {
  const sign = glyphs.braille ? '●' : '*';
  return { text: marks.includes(source.id(row)) ? sign : ' ', tone: 'good' };
}
