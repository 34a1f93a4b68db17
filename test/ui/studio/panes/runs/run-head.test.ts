import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thisProcess } from '../../../../../src/base/machine/owner.js';
import { RunWatch } from '../../../../../src/runs/watch/run-watch.js';
import { createTheme } from '../../../../../src/terminal/theme.js';
import { headLines } from '../../../../../src/ui/studio/panes/runs/run-head.js';
import { runRows } from '../../../../../src/ui/studio/panes/runs/run-row.js';
import { EMPTY_RUNS } from '../../../../../src/ui/studio/state/runs-state.js';
import { temporaryFolder } from '../../../../support/folders.js';
import { type WrittenRun, writeRun } from '../../../../support/runs.js';

function head(wish: WrittenRun, width = 80): string[] {
  const folder = temporaryFolder();
  writeRun(folder, 'one', wish);
  const watch = new RunWatch(folder);
  watch.look();
  const [row] = runRows({ ...EMPTY_RUNS, watched: watch.runs });
  return headLines(row!, { width, height: 20 }, createTheme(0, true)).map((line) =>
    line.map(({ text }) => text).join(''),
  );
}

test('the data set that is really used stands above a run while it trains, and what it stands in for', () => {
  const lives = { status: 'running', owner: thisProcess(), done: 1 } as const;
  assert.is(head(lives)[1], 'lenet5 on digits');
  assert.not.match(head(lives).join('\n'), /stands in/);
  for (const wish of [lives, {}, { status: 'running', done: 1 }] as const)
    assert.is(
      head({ ...wish, standsInFor: 'mnist' })[2],
      'digits stands in for mnist, which could not be had',
    );
});

test.run();
