import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';

const test = suite('the terminal lent by the studio');

const STEPS = /step 1 of \d+[\s\S]*q: quit/;
const STUDIO = /\[1 Zoo\][\s\S]*quit/;

/** A terminal in which a command that the studio has lent it to shows its steps. */
async function lent(): Promise<Terminal> {
  const cwd = temporaryFolder();
  const env = { XDG_STATE_HOME: join(cwd, 'state'), NODE: process.execPath, ZOO: program() };
  const terminal = new Terminal({ columns: 80, rows: 24, cwd, env });
  terminal.run('stty -a > before.txt; "$NODE" "$ZOO"; echo "left with $?"');
  await terminal.until(/\[1 Zoo\][\s\S]*parameters/);
  await borrow(terminal);
  return terminal;
}

async function borrow(terminal: Terminal): Promise<void> {
  terminal.type(':apply lenet5 digits:test:0 --steps');
  terminal.press('Enter');
  await terminal.until(STEPS);
}

/** The process of the studio, a child of the shell and the leader of its job. */
function studioOf(terminal: Terminal): number {
  return childOf(terminal.shell)!;
}

function childOf(pid: number): number | undefined {
  try {
    return Number(execFileSync('pgrep', ['-P', String(pid), '-f', 'apply|cnnzoo'], { encoding: 'utf8' }));
  } catch {
    return undefined;
  }
}

async function isAsBefore(terminal: Terminal): Promise<void> {
  terminal.run('stty -a | diff before.txt - && echo the same');
  await terminal.until(/^the same$/m);
  const facts = ['cursor_flag', 'alternate_on', 'wrap_flag'].map((name) => terminal.fact(name));
  assert.equal(facts, ['1', '0', '1']);
}

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('is drawn on by the other program alone, which gets every key; then the studio is back', async () => {
    const terminal = await lent();
    try {
      // Of a new size the studio is told too, and its other news come by the second.
      terminal.resize(84, 24);
      await sleep(1500);
      assert.match(terminal.screen().join('\n'), STEPS);
      for (let i = 0; i < 12; i++) {
        terminal.press('Right');
        await sleep(30);
      }
      await terminal.until(/step 13 of/);
      terminal.press('q');
      await terminal.until(STUDIO);
      terminal.resize(80, 24);
      terminal.press('2');
      await terminal.until(/\[2 Runs\][\s\S]*There is no folder runs yet/);
      assert.is(terminal.fact('alternate_on'), '1');
      await borrow(terminal);
      terminal.press('q');
      await terminal.until(/\[2 Runs\]/);
      terminal.press('q');
      await terminal.until(/^left with 0$/m);
      await isAsBefore(terminal);
    } finally {
      terminal.close();
    }
  });

  test('Ctrl-C is for the other program, what went wrong with it can be read, and a key goes back', async () => {
    const terminal = await lent();
    try {
      // As the terminal sends it to all that are in front, where a program reads lines and not keys.
      process.kill(-studioOf(terminal), 'SIGINT');
      await terminal.until(/Any key goes back to the studio/);
      terminal.press('Space');
      await terminal.until(STUDIO);
      terminal.type(':apply lenet6 --steps');
      terminal.press('Enter');
      await terminal.until(/lenet6[\s\S]*Any key goes back to the studio/);
      terminal.press('x');
      await terminal.until(STUDIO);
      terminal.press('C-c');
      await terminal.until(/^left with 130$/m);
      await isAsBefore(terminal);
    } finally {
      terminal.close();
    }
  });

  test('goes to the shell and comes back to the other program', async () => {
    const terminal = await lent();
    try {
      process.kill(-studioOf(terminal), 'SIGTSTP');
      await terminal.until(/Stopped/);
      await isAsBefore(terminal);
      terminal.run('fg');
      await terminal.until((screen) => !screen.includes('$'), 'the alternate screen');
      // The shell has put the terminal back, and it does not know: keys come as lines, which Ctrl-D ends.
      terminal.press('Right', 'C-d');
      await terminal.until(/step 2 of/);
      await sleep(1200);
      assert.match(terminal.screen().join('\n'), /step 2 of/);
      terminal.press('q', 'C-d');
      await terminal.until(STUDIO);
      terminal.press('q');
      await terminal.until(/\n\$$/);
      await isAsBefore(terminal);
    } finally {
      terminal.close();
    }
  });

  test('is as before where the studio is ended meanwhile, and the other program ends with it', async () => {
    const terminal = await lent();
    try {
      const studio = studioOf(terminal);
      const other = childOf(studio)!;
      process.kill(studio, 'SIGTERM');
      await terminal.until(/^left with 143$/m);
      await isAsBefore(terminal);
      assert.throws(() => process.kill(other, 0), /ESRCH/);
    } finally {
      terminal.close();
    }
  });
}

test.run();
