import type { Need } from '../../state/effect.js';
import { type Direction, definePane } from '../../state/pane.js';
import type { StudioState } from '../../state/studio-state.js';
import { dataKeys, sheetQuestion } from './data-keys.js';
import { dataList } from './data-list.js';

const STEPS: Readonly<Partial<Record<Direction, number>>> = {
  up: -1,
  down: 1,
  pageup: -10,
  pagedown: 10,
  home: -Infinity,
  end: 1000,
};

/** Down the sheet of images. */
function move(state: StudioState, direction: Direction): StudioState | null {
  const by = STEPS[direction];
  if (by === undefined) return null;
  return { ...state, data: { ...state.data, scroll: Math.max(0, state.data.scroll + by) } };
}

export const dataPane = definePane({
  name: 'data',
  title: 'Data',
  describe: 'data sets, where they lie, their classes and images',
  list: dataList,
  share: 0.42,
  inside: [['up down', 'images']],
  keys: dataKeys,
  loadDetail: async () => (await import('./DataDetail.js')).DataDetail,
  move,
  needs(state): readonly Need[] {
    const question = sheetQuestion(state);
    const listing: Need[] = state.data.rows === null ? [{ need: 'datasets' }] : [];
    return question === null ? listing : [...listing, { need: 'answer', question }];
  },
});
