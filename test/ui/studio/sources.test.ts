import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { command } from '../../../src/commands/runs/train.js';
import { ZooRows } from '../../../src/ui/studio/services/zoo-rows.js';
import { Sources } from '../../../src/ui/studio/sources.js';
import { emptyState, type StudioState, withList } from '../../../src/ui/studio/state/studio-state.js';
import { temporaryFolder } from '../../support/folders.js';

test('models that the cursor passes by are not read', async () => {
  let state: StudioState = emptyState(temporaryFolder(), { columns: 80, rows: 24 });
  state = { ...state, zoo: new ZooRows().look(state.zoo) };
  const sources = new Sources({
    folder: state.folder,
    tell(change) {
      state = change(state);
      sources.meet(state);
    },
    state: () => state,
    trainCommand: async () => command,
  });
  try {
    for (const cursor of ['vgg16', 'resnet50', 'lenet5-1998', 'lenet5']) {
      state = withList(state, 'zoo', { cursor });
      sources.meet(state);
      await sleep(5);
    }
    while (state.zoo.details.lenet5 === undefined) await sleep(10);
    await sleep(300);
    assert.equal(Object.keys(state.zoo.details), ['lenet5']);
  } finally {
    sources.close();
  }
});

test.run();
