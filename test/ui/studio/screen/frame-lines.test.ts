import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thisProcess } from '../../../../src/base/machine/owner.js';
import { RunWatch } from '../../../../src/runs/watch/run-watch.js';
import { createTheme } from '../../../../src/terminal/theme.js';
import { footerLine } from '../../../../src/ui/studio/screen/frame-lines.js';
import { emptyState, type StudioState } from '../../../../src/ui/studio/state/studio-state.js';
import { temporaryFolder } from '../../../support/folders.js';
import { type WrittenRun, writeRun } from '../../../support/runs.js';

function runs(wish: WrittenRun): StudioState {
  const folder = temporaryFolder();
  writeRun(folder, 'one', wish);
  const watch = new RunWatch(folder);
  watch.look();
  const state = emptyState(folder, { columns: 60, rows: 18 });
  return { ...state, pane: 'runs', runs: { ...state.runs, watched: watch.runs, isRead: true } };
}

const footer = (state: StudioState, width = 60) =>
  footerLine(state, width, createTheme(0, true))
    .map(({ text }) => text)
    .join('');

test('on a small screen the footer has what one needs most, and always the help', () => {
  const done = footer(runs({}));
  for (const word of ['e evaluate', 'i look', 'space mark', '? help', 'q quit'])
    assert.ok(done.includes(word), done);
  const lives = footer(runs({ status: 'running', owner: thisProcess(), done: 1 }));
  for (const word of ['s stop after epoch', 'x stop now', '? help']) assert.ok(lives.includes(word), lives);
  assert.match(footer(runs({}), 20), /\? help/);
});

test('the footer says what the keys do beside the list', () => {
  const state = runs({});
  const inside = footer({ ...state, focus: 'detail' }, 120);
  assert.match(inside, /^left right values {2}\+ - 0 zoom {2}esc list /);
  assert.match(footer({ ...state, focus: 'detail' }), /\? help {2}q quit/);
  assert.match(footer({ ...state, focus: 'detail' }, 34), /\? help {2}q quit/);
  assert.not.match(footer(state, 200), /esc list|zoom/);
});

test.run();
