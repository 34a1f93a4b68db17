import type { Need } from '../../state/effect.js';
import { definePane } from '../../state/pane.js';
import { currentModel, moveInModel, zooKeys } from './zoo-keys.js';
import { zooList } from './zoo-list.js';

export const zooPane = definePane({
  name: 'zoo',
  title: 'Zoo',
  describe: 'models, their layers and what those compute',
  list: zooList,
  share: 0.4,
  inside: [['up down', 'layers']],
  keys: zooKeys,
  loadDetail: async () => (await import('./ZooDetail.js')).ZooDetail,
  move: moveInModel,
  needs(state): readonly Need[] {
    const row = currentModel(state);
    const isWhole = state.zoo.rows.every(({ figures, problem }) => figures !== null || problem !== null);
    const figures: Need[] = isWhole ? [] : [{ need: 'figures' }];
    return row === undefined ? figures : [{ need: 'model', model: row.model }, ...figures];
  },
});
