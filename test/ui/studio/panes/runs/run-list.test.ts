import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunWatch } from '../../../../../src/runs/watch/run-watch.js';
import { createTheme } from '../../../../../src/terminal/theme.js';
import { runList } from '../../../../../src/ui/studio/panes/runs/run-list.js';
import { listLines } from '../../../../../src/ui/studio/parts/list-lines.js';
import { emptyState, type StudioState } from '../../../../../src/ui/studio/state/studio-state.js';
import { temporaryFolder } from '../../../../support/folders.js';
import { writeRun } from '../../../../support/runs.js';

const theme = createTheme(0, true);

function watched(write: (folder: string) => void): StudioState {
  const folder = temporaryFolder();
  write(folder);
  const watch = new RunWatch(folder);
  watch.look();
  const state = emptyState(folder, { columns: 100, rows: 30 });
  return { ...state, pane: 'runs', runs: { ...state.runs, watched: watch.runs, isRead: true } };
}

const listed = (state: StudioState, width: number) =>
  listLines(runList, state, state.lists.runs, { width, height: 20 }, theme).map((line) =>
    line.map(({ text }) => text).join(''),
  );

test('each accuracy says of which images it is, at every width', () => {
  const state = watched((folder) => {
    writeRun(folder, 'tested', { accuracy: 0.975 });
    writeRun(folder, 'half', { status: 'interrupted', done: 2, accuracy: 0.9 });
  });
  for (const width of [41, 52, 62, 104]) {
    const text = listed(state, width).join('\n');
    assert.match(text, /tested .*completed .*97\.50 % test/);
    assert.match(text, /half .*interrupted .*85\.00 % train/);
  }
});

test('a name has room before settings have, and names that differ are not cut to the same', () => {
  const names = ['mnist-basic-20261129-054343', 'mnist-mlp-20261129-054399'];
  const state = watched((folder) => {
    for (const [i, name] of names.entries())
      writeRun(folder, name, {
        seed: i,
        model: i === 0 ? 'mnist-basic' : 'mnist-mlp',
        learningRate: 0.01 * (i + 1),
      });
  });
  for (const name of names) assert.match(listed(state, 104).join('\n'), new RegExp(name));
  const long = ['0.001', '0.002'].map(
    (rate) => `a-long-comparison-${rate}/lenet5-optimizer.learningRate=0.001`,
  );
  const cut = listed(
    watched((folder) => long.forEach((name) => void writeRun(folder, name))),
    52,
  ).slice(1);
  assert.is(new Set(cut.map((line) => line.slice(2))).size, 2, cut.join('\n'));
});

test.run();
