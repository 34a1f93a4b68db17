import type { ScreenSize } from '../../state/screen-plan.js';
import { type DataState, EMPTY_DATA } from './data-state.js';
import { EMPTY_LIST, type ListState } from './list-state.js';
import { EMPTY_LOOK, type LookState } from './look-state.js';
import { EMPTY_MACHINE, type MachineState } from './machine-state.js';
import type { Overlay } from './overlay.js';
import { EMPTY_RUNS, type RunsState } from './runs-state.js';
import { EMPTY_ZOO, type ZooState } from './zoo-state.js';

/** In the order of their numbers. */
export const PANE_NAMES = ['zoo', 'runs', 'look', 'data', 'machine'] as const;
export type PaneName = (typeof PANE_NAMES)[number];

/** What stands above the keys: the command line that the last action stands for, and what came of it. */
export interface Said {
  readonly line: string | null;
  readonly text: string;
  readonly tone: 'quiet' | 'good' | 'warning' | 'bad';
}

/** All that the studio shows, as plain data. */
export interface StudioState {
  /** Of runs, as it was named. */
  readonly folder: string;
  readonly size: ScreenSize;
  readonly pane: PaneName;
  /** Which side of the pane the keys go to. */
  readonly focus: 'list' | 'detail';
  readonly lists: Readonly<Record<PaneName, ListState>>;
  /** What lies over the panes, and has the keys. */
  readonly overlay: Overlay | null;
  readonly said: Said | null;
  /** Lines that were typed behind `:`, the latest last. */
  readonly history: readonly string[];
  readonly zoo: ZooState;
  readonly runs: RunsState;
  readonly look: LookState;
  readonly data: DataState;
  readonly machine: MachineState;
}

export function emptyState(folder: string, size: ScreenSize): StudioState {
  return {
    folder,
    size,
    pane: 'zoo',
    focus: 'list',
    lists: {
      zoo: EMPTY_LIST,
      runs: { ...EMPTY_LIST, sort: 'created', isDescending: true },
      look: EMPTY_LIST,
      data: EMPTY_LIST,
      machine: EMPTY_LIST,
    },
    overlay: null,
    said: null,
    history: [],
    zoo: EMPTY_ZOO,
    runs: EMPTY_RUNS,
    look: EMPTY_LOOK,
    data: EMPTY_DATA,
    machine: EMPTY_MACHINE,
  };
}

/** The list of a pane with some of it changed; what differs between runs is of those that were asked about alone. */
export function withList(state: StudioState, pane: PaneName, changes: Partial<ListState>): StudioState {
  const before = state.lists[pane];
  const list = { ...before, ...changes };
  const isOther = pane === 'runs' && (list.cursor !== before.cursor || list.marks !== before.marks);
  const runs: RunsState =
    isOther && state.runs.view === 'settings' ? { ...state.runs, view: 'curves' } : state.runs;
  return { ...state, runs, lists: { ...state.lists, [pane]: list } };
}

/** With a sentence above the keys. */
export function saying(
  state: StudioState,
  text: string,
  tone: Said['tone'] = 'quiet',
  line: string | null = null,
): StudioState {
  return { ...state, said: { line, text, tone } };
}
