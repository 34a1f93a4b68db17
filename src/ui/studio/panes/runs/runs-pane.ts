import { type Direction, definePane } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';
import { chosenRuns, currentRun, runKeys } from './run-keys.js';
import { runList } from './run-list.js';
import { readAt } from './view-window.js';

/** Shares of what is shown by which the place that is read moves. */
const STEPS: Readonly<Partial<Record<Direction, number>>> = {
  left: -0.02,
  right: 0.02,
  pageup: -0.2,
  pagedown: 0.2,
  home: -Infinity,
  end: Infinity,
};

/** Moves along the curves. */
function move(state: StudioState, direction: Direction): StudioState | null {
  const by = STEPS[direction];
  return by === undefined ? null : { ...state, runs: readAt(state.runs, by) };
}

export const runsPane = definePane({
  name: 'runs',
  title: 'Runs',
  describe: 'every training of the folder, whoever started it, and its curves',
  list: runList,
  share: 0.52,
  inside: [
    ['left right', 'values'],
    ['+ - 0', 'zoom'],
  ],
  keys: runKeys,
  loadDetail: async () => (await import('./RunsDetail.js')).RunsDetail,
  move,
  needs(state) {
    const shown = [currentRun(state), ...chosenRuns(state)].flatMap((row) => (row?.run ? [row.dir] : []));
    return shown.length === 0 ? [] : [{ need: 'curves', dirs: [...new Set(shown)] }];
  },
});
