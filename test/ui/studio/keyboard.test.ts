import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { writeRun } from '../../support/runs.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';

const test = suite('keys of the studio as a terminal sends them');

function open(runs: readonly string[]): Terminal {
  const cwd = temporaryFolder();
  for (const name of runs) writeRun(cwd, `runs/${name}`);
  const env = { XDG_STATE_HOME: join(cwd, 'state'), NODE: process.execPath, ZOO: program() };
  const terminal = new Terminal({ columns: 100, rows: 30, cwd, env });
  terminal.run('"$NODE" "$ZOO"');
  return terminal;
}

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('Backspace erases to the left, however many come at once, and removes no run; Delete asks whether to', async () => {
    const terminal = open(['one', 'two']);
    try {
      await terminal.until(/\[1 Zoo\][\s\S]*quit/);
      terminal.press('2');
      await terminal.until(/▸[^\n]*(one|two)/);
      terminal.press('BSpace');
      await sleep(300);
      assert.not.match(terminal.screen().join('\n'), /Remove/);
      terminal.press('DC');
      await terminal.until(/Remove \w+ for good/);
      terminal.press('n');
      await terminal.until(/Nothing was done/);
      terminal.type(':lisst\u007f\u007f\u007fst');
      await terminal.until(/^:list$/m);
      terminal.press('Home', 'DC');
      await terminal.until(/^:ist$/m);
    } finally {
      terminal.close();
    }
  });

  test('after a filter that was given up, order and cursor of 200 runs are answered', async () => {
    const terminal = open(Array.from({ length: 200 }, (_, i) => `run-${String(i).padStart(3, '0')}`));
    try {
      await terminal.until(/\[1 Zoo\][\s\S]*quit/);
      terminal.press('2');
      await terminal.until(/ 200 +│|200 $|200$/m);
      terminal.press('g', 'Down', 'Down', 'Down', 'Down');
      await sleep(200);
      const name = /▸ +(run-\d+)/.exec(terminal.screen().join('\n'))![1]!;
      terminal.type('/run-19');
      await terminal.until(/10 of 200/);
      terminal.press('Escape');
      await terminal.until(
        (screen) => !screen.includes('of 200') && new RegExp(`▸ +${name}`).test(screen),
        `the cursor on ${name}`,
      );
      terminal.press('O');
      const said = /^In [^.]*\./m;
      const first = said.exec(await terminal.until(said))![0];
      // Escape and a key right after it, as they come over a slow line.
      terminal.type('/run-1\u001bO');
      await terminal.until(
        (screen) => !screen.includes('of 200') && ![undefined, first].includes(said.exec(screen)?.[0]),
        'an order',
      );
    } finally {
      terminal.close();
    }
  });
}

test.run();
