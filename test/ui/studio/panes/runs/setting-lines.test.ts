import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../../../../src/runs/watch/config-brief.js';
import { RunWatch } from '../../../../../src/runs/watch/run-watch.js';
import { createTheme } from '../../../../../src/terminal/theme.js';
import { runRows } from '../../../../../src/ui/studio/panes/runs/run-row.js';
import { settingLines } from '../../../../../src/ui/studio/panes/runs/setting-lines.js';
import { EMPTY_RUNS } from '../../../../../src/ui/studio/state/runs-state.js';
import { temporaryFolder } from '../../../../support/folders.js';
import { writeRun } from '../../../../support/runs.js';

test('data set, images and seed are among what differs, under the names of the runs', () => {
  const folder = temporaryFolder();
  writeRun(folder, 'first', { dataset: 'mnist', images: 60000 });
  writeRun(folder, 'second', { standsInFor: 'mnist', images: 500, seed: 7 });
  const watch = new RunWatch(folder);
  watch.look();
  const configs = Object.fromEntries(watch.runs.map(({ dir }) => [dir, readConfig(dir)!]));
  const rows = runRows({ ...EMPTY_RUNS, watched: watch.runs, configs });
  const text = (some = rows) =>
    settingLines(some, 80, createTheme(0, true))
      .map((line) => line.map((span) => span.text).join(''))
      .join('\n');
  assert.match(text(), /^ +first +second/);
  assert.match(text(), /^data set +mnist +digits for mnist/m);
  assert.match(text(), /^images +60,000 +500/m);
  assert.match(text(), /^seed +1 +7/m);
  assert.not.match(text(), /test images/);
  assert.match(text(rows.slice(0, 1)), /^test images +1,000/m);
});

test.run();
