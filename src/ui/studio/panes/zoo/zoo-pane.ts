import { definePane } from '../../state/pane.js';
import { currentModel, moveInModel, zooKeys } from './zoo-keys.js';
import { zooList } from './zoo-list.js';

export const zooPane = definePane({
  name: 'zoo',
  title: 'Zoo',
  describe: 'models, their layers and what those compute',
  list: zooList,
  share: 0.4,
  keys: zooKeys,
  loadDetail: async () => (await import('./ZooDetail.js')).ZooDetail,
  move: moveInModel,
  needs(state) {
    const row = currentModel(state);
    return row === undefined ? [] : [{ need: 'model', model: row.model }];
  },
});
