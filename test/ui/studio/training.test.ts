import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';

const test = suite('trainings that the studio starts');

const ROW = /^▸ +(\S+) +(starting|training|completed|failed)/m;

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('become runs of the folder, however that is written; one elsewhere is waited for until it is over', async () => {
    const cwd = temporaryFolder();
    const env = { XDG_STATE_HOME: join(cwd, 'state'), NODE: process.execPath, ZOO: program() };
    const terminal = new Terminal({ columns: 120, rows: 30, cwd, env });
    try {
      terminal.run('"$NODE" "$ZOO" studio runs/');
      await terminal.until(/\[1 Zoo\][\s\S]*parameters/);
      terminal.press('t');
      await terminal.until(/Train alexnet/);
      terminal.press('Down', 'C-u', '0', 'Enter');
      await terminal.until(/--epochs 0: training.epochs must be a whole number of at least 1/);
      assert.match(terminal.screen().join('\n'), /^ ▸ epochs +\[0/m);
      terminal.press('Escape');
      await terminal.until((screen) => !screen.includes('Train alexnet'), 'no form');
      terminal.type(':train --epochs 1 --limit 128 --dataset digits lenet5');
      terminal.press('Enter');
      const screen = await terminal.until(/\[2 Runs\][\s\S]*starting/);
      assert.match(screen, / {2}lenet5-\d{8}-\d{6}$/m);
      await terminal.until((now) => ROW.exec(now)?.[2] === 'completed', 'the run under the cursor, done');
      assert.not.match(terminal.screen().join('\n'), /starting/);
      terminal.type(':train lenet5 --epochs 1 --limit 128 --dataset digits --run-dir other/x');
      terminal.press('Enter');
      await terminal.until(/^▸ +x +starting/m);
      await terminal.until((now) => !/starting/.test(now), 'nothing that is about to start');
      terminal.type(':train lenet5 --epoch 1');
      terminal.press('Enter');
      await terminal.until(/no option --epoch for train/);
    } finally {
      terminal.close();
    }
  });
}

test.run();
