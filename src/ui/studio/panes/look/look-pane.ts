import { definePane } from '../../state/pane.js';
import { lookNeeds } from './look-at.js';
import { backInLook, lookHints, lookKeys, moveLook } from './look-keys.js';

export const lookPane = definePane({
  name: 'look',
  title: 'Look',
  describe:
    'what the layers of a trained network make of a picture: left and right go through layers, up and down through channels',
  list: null,
  share: 0,
  keys: lookKeys,
  loadDetail: async () => (await import('./LookDetail.js')).LookDetail,
  move: moveLook,
  back: backInLook,
  hints: lookHints,
  needs: lookNeeds,
});
