import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { writeRun } from '../support/runs.js';
import { type PtyStep, ptyMissing, ptyTimes } from '../support/screens/pty-times.js';
import { Terminal, tmuxMissing } from '../support/screens/tmux.js';

const test = suite('an evening in the studio');

const START = '"$NODE" "$ZOO"';

function open(cwd: string, columns = 120, rows = 40): Terminal {
  const env = {
    XDG_STATE_HOME: join(cwd, 'state'),
    NODE: process.execPath,
    ZOO: program(),
    COLORTERM: 'truecolor',
  };
  return new Terminal({ columns, rows, cwd, env });
}

async function start(terminal: Terminal): Promise<void> {
  terminal.run(START);
  await terminal.until(/quit/);
  await terminal.until(/parameters|Run /);
}

function childOf(pid: number): number {
  return Number(execFileSync('pgrep', ['-P', String(pid), '-n'], { encoding: 'utf8' }));
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

interface Info {
  readonly status: string;
  readonly owner: { readonly pid: number };
  readonly epoch: number;
}

const infoOf = (cwd: string, run: string): Info =>
  JSON.parse(readFileSync(join(cwd, 'runs', run, 'run.json'), 'utf8')) as Info;

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('a student finds LeNet-5, reads it, trains it, looks inside, finds the worst mistake, and compares', async () => {
    const cwd = temporaryFolder();
    const terminal = open(cwd);
    try {
      await start(terminal);
      terminal.type('/lenet5 ');
      terminal.press('Enter');
      await terminal.until(/LeNet-5[\s\S]*61,706 parameters/);
      terminal.press('Enter', 'Down');
      await terminal.until(/conv2d_1 reads/);
      await terminal.until(/parameters: \(5 x 5 x 1 \+ 1\) x 6 = 156/);
      terminal.press('Escape', 't');
      await terminal.until(/Train lenet5/);
      terminal.press('C-u');
      terminal.type('digits');
      terminal.press('Down', 'C-u');
      terminal.type('2');
      terminal.press('Down', 'Down', 'Down', 'Down');
      terminal.type('3000');
      await terminal.until(/\$ cnnzoo train lenet5 --dataset digits --epochs 2 --limit 3000/);
      terminal.press('Enter');
      await terminal.until(/lenet5-\d+-\d+ {2}LeNet-5|It is starting/);
      await terminal.until(
        /\d\s+completed\s[\s\S]*lenet5 on digits[\s\S]*2 of 2 epochs/,
        'the end of the training',
        120,
      );
      terminal.press('i');
      await terminal.until(/digits:test:0/, 'a picture', 60);
      terminal.press('o');
      terminal.type('=7');
      terminal.press('Enter');
      await terminal.until(/is 7/, 'a seven', 60);
      terminal.press('Right');
      await terminal.until(/conv2d_1[\s\S]*channel 0 of 6/);
      terminal.press('Down', 'Enter', 'Enter');
      await terminal.until(/kernel[\s\S]*products/, 'the arithmetic of a value');
      terminal.press('Escape', 'Escape', 'm');
      await terminal.until(/mistake 1 of the|makes no mistake/, 'the worst mistake', 60);
      terminal.type(':train mnist-mlp --dataset digits --epochs 1 --limit 3000');
      terminal.press('Enter');
      await terminal.until(
        /\d\s+completed\s[\s\S]*mnist-mlp on digits[\s\S]*1 of 1 epoch/,
        'the end of the other training',
        120,
      );
      terminal.press('A', 'c');
      await terminal.until(/cnnzoo compare runs[^\n]* done/, 'the comparison', 30);
      terminal.press('Escape');
      terminal.press('q');
      await terminal.until(/^\$$/m);
      // What was looked at is there again.
      await start(terminal);
      await terminal.until(/\[2 Runs\]/);
      terminal.press('q');
    } finally {
      terminal.close();
    }
  });

  test('trainings outlive the studio, also when it is killed; one that is killed is seen to be gone', async () => {
    const cwd = temporaryFolder();
    const terminal = open(cwd);
    try {
      await start(terminal);
      terminal.type(':train lenet5 --dataset digits --epochs 200 --limit 2000 --run-dir runs/long');
      terminal.press('Enter');
      await terminal.until(/long\s+training\s+\d+\/200/, 'the training', 60);
      const { pid } = infoOf(cwd, 'long').owner;
      process.kill(childOf(terminal.shell), 'SIGKILL');
      // The shell says so in what is left of the screen.
      await terminal.until(/^\$ *$/m, 'the prompt of the shell');
      assert.ok(isThere(pid));
      terminal.run('reset; clear');
      await start(terminal);
      terminal.press('2');
      await terminal.until(/long\s+training/);
      terminal.press('s');
      await terminal.until(new RegExp(`kill -USR2 ${pid}`));
      await terminal.until(/long\s+stopped/, 'the end of the epoch', 60);
      terminal.press('r');
      await terminal.until(/long\s+training/, 'the training that goes on', 60);
      process.kill(infoOf(cwd, 'long').owner.pid, 'SIGKILL');
      await terminal.until(/long\s+gone[\s\S]*cnnzoo train --resume runs\/long/, 'the way to resume');
      terminal.press('r');
      await terminal.until(/long\s+training/, 'the training that goes on again', 60);
      terminal.press('x');
      await terminal.until(/long\s+interrupted/, 'what was stopped at once', 60);
      terminal.press('DC');
      await terminal.until(/Remove long for good/);
      terminal.press('y');
      await terminal.until(/No runs in runs yet/);
      assert.equal(readdirSync(join(cwd, 'runs')), []);
      terminal.press('q');
    } finally {
      terminal.close();
    }
  });
}

/** What is promised, of a machine that has nothing else to do. */
const PROMISED = { openMs: 400, keyMs: 50, share: 0.03, megabytes: 150 };

if (ptyMissing !== null) console.log(ptyMissing);
else {
  test('with 200 runs of 10,000 lines it opens, answers keys and rests as fast as is promised', () => {
    const cwd = temporaryFolder();
    for (let i = 0; i < 200; i++)
      writeRun(cwd, `runs/run-${String(i).padStart(3, '0')}`, { epochs: 100, linesPerEpoch: 100, seed: i });
    const env = { XDG_STATE_HOME: join(cwd, 'state'), COLORTERM: 'truecolor' };
    const bare: number[] = [];
    const opened: number[] = [];
    const argv = [process.execPath, program()];
    // The first start of all fills caches; then both in turn, so that what else goes on slows them alike.
    for (let i = 0; i < 10; i++) {
      const [node] = ptyTimes([process.execPath, '-e', '0'], [{ end: true }], { cwd, env });
      const [studio] = ptyTimes(argv, [{ until: 'quit' }], { cwd, env });
      if (i === 0) continue;
      bare.push(node!);
      opened.push(studio!);
    }
    const openMs = median(opened) - median(bare);
    console.log(`opens ${ms(openMs)} over bare Node (${ms(median(opened))} and ${ms(median(bare))})`);

    const [idle, usual, marked] = [
      [],
      [keysOf('down a list of runs', Array(20).fill('j')), keysOf('through panes', [...'12121212'])],
      [
        keysOf('marking runs', Array(10).fill([' ', 'j']).flat()),
        keysOf('with ten runs marked', [...'jjjjjjjjjjkkkkkkkkkk']),
      ],
    ].map((groups) => session(argv, groups, { cwd, env }));
    console.log(`idle: ${(100 * idle!.share).toFixed(1)} % of a core, ${idle!.megabytes.toFixed(0)} MB`);
    console.log(
      `after keys: ${(100 * marked!.share).toFixed(1)} % of a core, ${marked!.megabytes.toFixed(0)} MB`,
    );
    assert.ok(openMs < PROMISED.openMs, `opens ${ms(openMs)} over bare Node`);
    for (const { name, keyMs } of [...usual!.keys, ...marked!.keys])
      assert.ok(keyMs < PROMISED.keyMs, `${name}: a key takes ${ms(keyMs)}`);
    assert.ok(idle!.share < PROMISED.share, `${idle!.share} of a core`);
    assert.ok(idle!.megabytes < PROMISED.megabytes, `${idle!.megabytes} MB`);
  });
}

interface Keys {
  readonly name: string;
  readonly keys: readonly string[];
}

function keysOf(name: string, keys: readonly string[]): Keys {
  return { name, keys };
}

/** Presses groups of keys in the pane of runs, then rests; how long keys take is the median of each group. */
function session(
  argv: readonly string[],
  groups: readonly Keys[],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) {
  const steps: PtyStep[] = [{ until: 'quit' }, { key: '2' }, { rest: 3 }];
  const places = groups.map(({ keys }) => {
    const first = steps.length;
    steps.push({ cpu: true }, ...keys.flatMap((key): PtyStep[] => [{ key }, { rest: 0.25 }]), { cpu: true });
    return first;
  });
  steps.push({ rest: 12 }, { load: 10 }, { memory: true });
  const times = ptyTimes(argv, steps, place);
  const keys = groups.map(({ name, keys }, i) => {
    const first = places[i]!;
    const own = keys.map((_, key) => times[first + 1 + 2 * key]!);
    const cpu = (times[first + 1 + 2 * keys.length]! - times[first]!) / keys.length;
    console.log(
      `${name}: a key takes ${ms(median(own))}, at most ${ms(Math.max(...own))}; ${ms(cpu)} of a core until the next`,
    );
    return { name, keyMs: median(own) };
  });
  const [share, megabytes] = times.slice(-2) as [number, number];
  return { keys, share, megabytes };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

test.run();
