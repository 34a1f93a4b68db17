import { openPrompt } from '../overlays/prompt.js';
import { PANES, paneOf } from '../panes/index.js';
import { moveCursor, shownRows } from '../parts/rows.js';
import { type Binding, type Direction, type Step, step } from '../state/pane.js';
import { PANE_NAMES, type PaneName, type StudioState, saying, withList } from '../state/studio-state.js';

/** Rows that page up and page down move by. */
const PAGE = 10;

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  up: 'up',
  k: 'up',
  down: 'down',
  j: 'down',
  left: 'left',
  h: 'left',
  right: 'right',
  l: 'right',
  pageup: 'pageup',
  'ctrl-b': 'pageup',
  pagedown: 'pagedown',
  'ctrl-f': 'pagedown',
  home: 'home',
  g: 'home',
  end: 'end',
  G: 'end',
};

const ROWS: Readonly<Partial<Record<Direction, number | 'first' | 'last'>>> = {
  up: -1,
  down: 1,
  pageup: -PAGE,
  pagedown: PAGE,
  home: 'first',
  end: 'last',
};

const hasList = (state: StudioState) => paneOf(state).list !== null;

function move(state: StudioState, direction: Direction): StudioState {
  const pane = paneOf(state);
  if (state.focus === 'list' && pane.list !== null) {
    const by = ROWS[direction];
    if (by !== undefined) return moveCursor(state, pane, by);
    return direction === 'right' ? { ...state, focus: 'detail' } : state;
  }
  const moved = pane.move(state, direction);
  if (moved !== null) return moved;
  return direction === 'left' && pane.list !== null ? { ...state, focus: 'list' } : state;
}

/** Goes to a pane; a pane without a list has the keys at once. */
function goTo(state: StudioState, name: PaneName): StudioState {
  const pane = PANES.find((one) => one.name === name)!;
  return { ...state, pane: name, focus: pane.list === null ? 'detail' : 'list', said: null };
}

/** One step back: from a value to its channel, from beside the list into it, from a filter to all rows, from marks to none. */
function back(state: StudioState): StudioState {
  const pane = paneOf(state);
  const before = pane.back?.(state) ?? null;
  if (before !== null) return before;
  if (pane.name === 'look') return goTo(state, 'runs');
  if (state.focus === 'detail') return { ...state, focus: 'list', runs: { ...state.runs, reading: null } };
  const list = state.lists[pane.name];
  if (list.filter !== '') return withList(state, pane.name, { filter: '' });
  if (list.marks.length > 0) return withList(state, pane.name, { marks: [] });
  return { ...state, said: null };
}

function nextSort(state: StudioState): StudioState {
  const { name, list } = paneOf(state);
  const { sort } = state.lists[name];
  const keys = [null, ...list!.columns(state).map(({ key }) => key)];
  const next = keys[(keys.indexOf(sort) + 1) % keys.length]!;
  const words = next === null ? 'In their own order.' : `In the order of ${next}.`;
  return saying(withList(state, name, { sort: next }), words);
}

function nextPane(state: StudioState, by: number): StudioState {
  const at = PANE_NAMES.indexOf(state.pane) + by + PANE_NAMES.length;
  return goTo(state, PANE_NAMES[at % PANE_NAMES.length]!);
}

/** What the keys of every pane do; a pane's own keys go first. */
export const EVERYWHERE: readonly Binding[] = [
  {
    keys: Object.keys(DIRECTIONS),
    shown: 'arrows hjkl g G page',
    label: 'move',
    help: 'Move; right and enter lead to what stands beside the list, esc back, and left where it moves nothing there',
    isQuiet: true,
    act: (state, key) => step(move(state, DIRECTIONS[key]!)),
  },
  {
    keys: ['enter'],
    label: 'open',
    help: 'To what stands beside the list',
    isQuiet: true,
    isOpen: (state) => hasList(state) && state.focus === 'list',
    act: (state) => step({ ...state, focus: 'detail' }),
  },
  {
    keys: ['tab', 'shift-tab'],
    shown: 'tab 1-5',
    label: 'pane',
    help: 'The next pane, or one by its number',
    isQuiet: true,
    act: (state, key) => step(nextPane(state, key === 'tab' ? 1 : -1)),
  },
  {
    keys: ['1', '2', '3', '4', '5'],
    shown: '1-5',
    label: 'pane',
    help: 'Zoo, runs, look, data, machine',
    isQuiet: true,
    act: (state, key) => step(goTo(state, PANE_NAMES[Number(key) - 1]!)),
  },
  {
    keys: ['/'],
    label: 'filter',
    help: 'Show only rows such as: lenet acc>0.98 lr:0.01',
    isOpen: hasList,
    act: (state) => step(openPrompt({ ...state, focus: 'list' }, 'filter', state.lists[state.pane].filter)),
  },
  {
    keys: ['O', 'I'],
    shown: 'O I',
    label: 'order',
    help: 'Rows in the order of the next column, or the other way round',
    isQuiet: true,
    isOpen: hasList,
    act: (state, key) =>
      step(
        key === 'O'
          ? nextSort(state)
          : withList(state, state.pane, { isDescending: !state.lists[state.pane].isDescending }),
      ),
  },
  {
    keys: ['A'],
    label: 'mark all',
    help: 'Mark all rows that the filter leaves, or none',
    isQuiet: true,
    isOpen: (state) => state.pane === 'zoo' || state.pane === 'runs',
    act: (state) => step(markAll(state)),
  },
  {
    keys: [':'],
    label: 'command',
    help: 'Any command of cnnzoo: tab completes, up and down go through those that were typed before',
    act: (state) => step(openPrompt(state, 'command')),
  },
  {
    keys: ['?'],
    label: 'help',
    help: 'Every key',
    act: (state) => step({ ...state, overlay: { kind: 'help', top: 0 } }),
  },
  {
    keys: ['escape'],
    label: 'back',
    help: 'Back: to the list, to all rows, to none marked',
    isQuiet: true,
    act: (state) => step(back(state)),
  },
  {
    keys: ['ctrl-z'],
    label: 'suspend',
    help: 'To the shell; fg comes back',
    isQuiet: true,
    act: (state) => step(state, { do: 'suspend' }),
  },
  {
    keys: ['ctrl-l'],
    label: 'redraw',
    help: 'Draw the screen anew',
    isQuiet: true,
    act: (state) => step(state, { do: 'redraw' }),
  },
  {
    keys: ['q', 'ctrl-c'],
    label: 'quit',
    help: 'Leave; trainings go on',
    act: (state, key): Step => step(state, { do: 'leave', code: key === 'q' ? 0 : 130 }),
  },
];

function markAll(state: StudioState): StudioState {
  const { name, list } = paneOf(state);
  const before = state.lists[name];
  const { rows } = shownRows(list!, state, before);
  const ids = rows.filter((row) => list!.canMark?.(row) ?? true).map((row) => list!.id(row));
  const isAll = ids.length > 0 && ids.every((id) => before.marks.includes(id));
  return withList(state, name, { marks: isAll ? [] : ids });
}
