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

  test('a paste into a list is no keys, into a form it is text; the terminal is told when pastes are of interest', async () => {
    const terminal = open(['one']);
    try {
      await terminal.until(/\[1 Zoo\][\s\S]*parameters/);
      terminal.record();
      terminal.press('2');
      await terminal.until(/▸[^\n]*one/);
      terminal.paste('t1q\nq');
      await terminal.until(/What was pasted is no keys/);
      assert.match(terminal.screen()[0]!, /\[2 Runs\]/);
      terminal.press('1', 't');
      await terminal.until(/Train alexnet/);
      terminal.press('Down');
      terminal.paste('4\n2');
      await terminal.until(/epochs +\[4 2 /);
      terminal.press('C-z');
      await terminal.until(/Stopped/);
      terminal.run('fg');
      await terminal.until(/Train alexnet/);
      terminal.press('Escape');
      await terminal.until(/▸ +alexnet/);
      terminal.press('q');
      await terminal.until(/^\$ ?$/m);
      const modes = [...terminal.recorded().matchAll(/\[\?(1049[hl]|2004[hl])/g)].map(([, mode]) => mode);
      const text = modes.join(' ');
      // Stopped and left: each time before the screen is given back.
      assert.is(text.match(/2004l(?= 1049l)/g)?.length, 2, text);
      assert.match(text, /1049h 2004h/);
    } finally {
      terminal.close();
    }
  });

  test('a file is refused at once; a folder that is not there yet says how it comes to be', async () => {
    const terminal = open([]);
    try {
      await terminal.until(/\[1 Zoo\][\s\S]*quit/);
      terminal.press('q');
      await terminal.until(/^\$ ?$/m);
      terminal.run('touch a-file; "$NODE" "$ZOO" studio a-file; echo code $?');
      await terminal.until(/a-file is a file[\s\S]*code 2/);
      terminal.run('"$NODE" "$ZOO" studio nothere');
      await terminal.until(/\[1 Zoo\][\s\S]*quit/);
      terminal.press('2');
      await terminal.until(/There is no folder nothere yet/);
      await terminal.until((screen) => screen.replace(/\s+/g, ' ').includes('--run-dir nothere/lenet5'));
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
      const name = 'run-004';
      await terminal.until(/▸ +run-004/, 'the cursor four below');
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
