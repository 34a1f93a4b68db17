import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainEnv, program } from '../../support/cli.js';
import { temporaryFolder } from '../../support/folders.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';

const test = suite('the terminal after the studio');

const START = '"$NODE" "$ZOO"';

function open(env: Record<string, string> = {}, term?: string, cwd = temporaryFolder()): Terminal {
  const own = { XDG_STATE_HOME: join(cwd, 'state'), NODE: process.execPath, ZOO: program() };
  return new Terminal({ columns: 80, rows: 24, cwd, term, env: { ...own, ...env } });
}

/** What of a terminal a program must leave as it was: its settings, the cursor, which screen is shown, what is on it. */
async function facts(terminal: Terminal): Promise<Record<string, string>> {
  terminal.run('stty -a > stty.txt; clear; cat stty.txt | head -c 3000 | cksum');
  await terminal.until(/^\d+ \d+\n\$ ?$/m);
  const stty = terminal.screen().join('\n');
  return {
    stty: /^\d+ \d+$/m.exec(stty)![0],
    cursor: terminal.fact('cursor_flag'),
    alternate: terminal.fact('alternate_on'),
    wraps: terminal.fact('wrap_flag'),
  };
}

/** The process of the studio, a child of the shell. */
function studioOf(terminal: Terminal): number {
  return Number(execFileSync('pgrep', ['-P', String(terminal.shell), '-n'], { encoding: 'utf8' }));
}

function signalled(signal: NodeJS.Signals) {
  return (terminal: Terminal): void => {
    process.kill(studioOf(terminal), signal);
  };
}

const WAYS: Readonly<Record<string, (terminal: Terminal) => void | Promise<void>>> = {
  q: (terminal) => terminal.press('q'),
  'Ctrl-C': (terminal) => terminal.press('C-c'),
  ':q': (terminal) => {
    terminal.type(':q');
    terminal.press('Enter');
  },
  SIGTERM: signalled('SIGTERM'),
  SIGHUP: signalled('SIGHUP'),
  SIGINT: signalled('SIGINT'),
  'Ctrl-C out of a form, and again': async (terminal) => {
    await openForm(terminal);
    terminal.press('C-c');
    await terminal.until(/quit/);
    terminal.press('C-c');
  },
  'SIGTERM in the middle of a form': async (terminal) => {
    await openForm(terminal);
    signalled('SIGTERM')(terminal);
  },
};

/** In a form q is a letter of the field like any other. */
async function openForm(terminal: Terminal): Promise<void> {
  terminal.press('t');
  await terminal.until(/Train [\s\S]*\$ cnnzoo train /);
  terminal.press('q');
  await terminal.until(/\$ cnnzoo train \S+ --dataset \S*q/);
  assert.is(terminal.fact('alternate_on'), '1');
}

const CODES: Readonly<Record<string, string>> = {
  'Ctrl-C': '130',
  SIGINT: '130',
  SIGTERM: '143',
  SIGHUP: '129',
  'Ctrl-C out of a form, and again': '130',
  'SIGTERM in the middle of a form': '143',
};

/** Makes a program fail as a fault in it would: Node loads this before it, and a signal sets it off. */
const FAULTS = `
const isStudio = process.argv[1]?.endsWith('cnnzoo.js') ?? false;
const fail = () => { throw new TypeError('the sky is falling'); };
if (isStudio) process.on('SIGUSR2', process.env.FAULT === 'a rejection' ? () => { Promise.resolve().then(fail); } : fail);
`;

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('is as before, whatever ended it, and what was on it is untouched', async () => {
    const terminal = open();
    try {
      const before = await facts(terminal);
      terminal.run('clear; seq 100');
      await terminal.until(/^100$/m);
      for (const [name, leave] of Object.entries(WAYS)) {
        terminal.run(`: ${name}`);
        await terminal.until(new RegExp(`: ${name.replace(/[$()*+.?]/g, '\\$&')}\\n\\$`));
        const history = terminal.history();
        terminal.run(`${START}; echo "${name} left with $?"`);
        await terminal.until(/\[1 Zoo\][\s\S]*quit/);
        await terminal.until(/parameters/);
        assert.is(terminal.fact('alternate_on'), '1');
        await leave(terminal);
        const left = `${name.replace(/[$()*+.?]/g, '\\$&')} left with`;
        await terminal.until(new RegExp(`^${left} \\d+\\n\\$`, 'm'));
        const after = terminal.history();
        assert.ok(after.startsWith(history.trimEnd()), `${name}: the scrollback has changed`);
        assert.match(after, new RegExp(`${left} ${CODES[name] ?? '0'}\\n`), name);
      }
      assert.equal(await facts(terminal), before);
    } finally {
      terminal.close();
    }
  });

  for (const fault of ['an exception', 'a rejection']) {
    test(`is as before after ${fault} that nobody caught, which is told in a sentence`, async () => {
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, 'faults.mjs'), FAULTS);
      const terminal = open({ FAULT: fault }, undefined, cwd);
      try {
        const before = await facts(terminal);
        for (const whileOpen of ['list', 'form', 'output']) {
          terminal.run('clear; echo what was there');
          await terminal.until(/^what was there$/m);
          terminal.run(`NODE_OPTIONS="--import ./faults.mjs" ${START}; echo "left with $?"`);
          await terminal.until(/parameters/);
          if (whileOpen === 'form') await openForm(terminal);
          if (whileOpen === 'output') {
            terminal.type(':list lenet5');
            terminal.press('Enter');
            await terminal.until(/cnnzoo list lenet5 +done/);
          }
          assert.is(terminal.fact('alternate_on'), '1');
          signalled('SIGUSR2')(terminal);
          const after = await terminal.until(/^left with \d+\n\$$/m);
          assert.match(after, /^what was there$/m);
          // The second sentence is wider than the terminal.
          const said =
            /^internal: the sky is falling\nThis is a bug in cnnzoo\. Please [^\n]+\n[^\n]+\nleft with 1$/m;
          assert.match(after, said);
          assert.equal(await facts(terminal), before, whileOpen);
        }
      } finally {
        terminal.close();
      }
    });
  }

  test('Ctrl-Z gives it to the shell, fg takes it back, a SIGTSTP from outside does the same', async () => {
    const terminal = open();
    try {
      const before = await facts(terminal);
      terminal.run(START);
      await terminal.until(/parameters/);
      terminal.press('C-z');
      await terminal.until(/Stopped/);
      assert.equal(await facts(terminal), before);
      terminal.run('fg');
      await terminal.until(/\[1 Zoo\][\s\S]*quit/);
      assert.is(terminal.fact('cursor_flag'), '0');
      terminal.press('2');
      await terminal.until(/\[2 Runs\]/);
      process.kill(studioOf(terminal), 'SIGTSTP');
      await terminal.until(/Stopped/);
      terminal.run('bg; sleep 0.5; echo still');
      await terminal.until(/^still$/m);
      assert.is(terminal.fact('alternate_on'), '0');
      terminal.run('fg');
      await terminal.until(/\[2 Runs\]/);
      terminal.press('q');
      await terminal.until(/^\$$/m);
      assert.equal(await facts(terminal), before);
    } finally {
      terminal.close();
    }
  });

  test('TERM=dumb, CI and a pipe get the help instead; the studio by its name says what it needs', async () => {
    const terminal = open();
    try {
      for (const setting of ['TERM=dumb', 'CI=1']) {
        terminal.run(
          `clear; ${setting} ${START} | cat; ${setting} ${START} > /dev/null; ${setting} ${START}; echo "${setting} $?"`,
        );
        await terminal.until(new RegExp(`A MODEL is a name[\\s\\S]*\\n${setting} 0\\n\\$`));
        terminal.run(`clear; ${setting} ${START} studio; echo "${setting} $?"`);
        await terminal.until(new RegExp(`The studio needs a terminal[\\s\\S]*\\n${setting} 2\\n\\$`));
      }
    } finally {
      terminal.close();
    }
    const piped = execFileSync(process.execPath, [program()], { encoding: 'utf8', env: plainEnv() });
    assert.match(piped, /^cnnzoo COMMAND \[options\]/);
  });

  for (const term of ['xterm', 'screen-256color', 'linux', 'xterm-256color']) {
    test(`draws on TERM=${term}`, async () => {
      const terminal = open(term === 'linux' ? { LANG: 'C' } : {}, term);
      try {
        terminal.run(START);
        await terminal.until(/\[1 Zoo\][\s\S]*quit/);
        await terminal.until(/parameters/);
        const screen = terminal.screen().join('\n');
        if (term === 'linux') assert.not.match(screen, /[^\n -~]/);
        terminal.press('q');
        await terminal.until(/^\$$/m);
        await sleep(50);
      } finally {
        terminal.close();
      }
    });
  }

  test('NO_COLOR: nothing is coloured, and the cursor, marks and panes are told by signs', async () => {
    const terminal = open({ NO_COLOR: '1' });
    try {
      terminal.run(`clear; ${START}`);
      await terminal.until(/parameters/);
      terminal.press('j', 'Space');
      const screen = await terminal.until(/●/);
      assert.match(screen, /▸ ●/);
      assert.match(screen, /\[1 Zoo\]/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences that set colours begin with one
      assert.not.match(terminal.colours(), /\u001b\[[0-9;]*[1-9][0-9;]*m/);
    } finally {
      terminal.close();
    }
  });
}

test.run();
