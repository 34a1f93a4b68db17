import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { textWidth } from '../../../src/terminal/text.js';
import { program, ROOT } from '../../support/cli.js';
import { temporaryFolder, writeTree } from '../../support/folders.js';
import { GONE, writeRun } from '../../support/runs.js';
import { Terminal, tmuxMissing } from '../../support/screens/tmux.js';

const test = suite('the studio in a terminal');

const GOLDENS = join(ROOT, 'test/fixtures/golden/studio');
/** `CNNZOO_WRITE_GOLDENS=1` writes the screens anew, for a review of the difference. */
const isWriting = process.env.CNNZOO_WRITE_GOLDENS === '1';

const SIZES = [
  [60, 18],
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

/** A folder with runs of every kind, wide names among them. */
function studioFolder(): string {
  const folder = temporaryFolder();
  const at = (hour: number) => `2026-08-01T${hour}:00:00.000Z`;
  writeRun(folder, 'runs/lenet5-adam', { created: at(10), accuracy: 0.99 });
  writeRun(folder, 'runs/lenet5-學習率-0.01', {
    created: at(11),
    accuracy: 0.975,
    learningRate: 0.01,
    seed: 2,
  });
  writeRun(folder, 'runs/한국어-실험', { created: at(12), accuracy: 0.96, seed: 3, model: 'mnist-mlp' });
  writeRun(folder, 'runs/killed', { created: at(13), status: 'running', owner: GONE, done: 1 });
  writeTree(folder, { 'runs/broken/run.json': '{', 'runs/broken/config.yaml': '' });
  return folder;
}

function open(columns: number, rows: number, env: Record<string, string> = {}, term?: string): Terminal {
  const cwd = studioFolder();
  const state = join(cwd, 'state');
  return new Terminal({
    columns,
    rows,
    cwd,
    term,
    env: { XDG_STATE_HOME: state, NODE: process.execPath, ZOO: program(), ...env },
  });
}

const START = '"$NODE" "$ZOO"';

async function started(terminal: Terminal): Promise<void> {
  terminal.run(START);
  await terminal.until(/\[1 Zoo\][\s\S]*quit/);
}

/** Waits until nothing changes any more. */
async function still(terminal: Terminal): Promise<string[]> {
  let before = '';
  await terminal.until((screen) => {
    const same = screen === before;
    before = screen;
    return same;
  }, 'a screen that stays');
  return terminal.screen();
}

function check(name: string, lines: readonly string[]): void {
  const file = join(GOLDENS, `${name}.txt`);
  // Whose machine it is has no place in a golden.
  const text = `${lines.join('\n')}\n`.replace(/ on \S+, cnnzoo [\d.]+/, ' on HOST');
  if (isWriting) {
    mkdirSync(GOLDENS, { recursive: true });
    writeFileSync(file, text);
  }
  assert.ok(existsSync(file), `there is no ${file}: CNNZOO_WRITE_GOLDENS=1 writes it`);
  assert.fixture(text, readFileSync(file, 'utf8'), name);
}

if (tmuxMissing !== null) console.log(tmuxMissing);
else {
  test('each pane at each size, after a resize, as it was looked at', async () => {
    const terminal = open(200, 60);
    try {
      await started(terminal);
      // The last figure of the list, when all of the zoo is read.
      await terminal.until(/vgg19 .*19\.6G/);
      for (const [columns, rows] of SIZES) {
        terminal.resize(columns, rows);
        for (const [key, name, wanted] of [
          ['1', 'zoo', /alexnet/],
          ['2', 'runs', /killed/],
          ['?', 'help', /Mark the run/],
        ] as const) {
          terminal.press(key);
          await terminal.until((screen) => wanted.test(screen) && screen.split('\n').length <= rows, name);
          const lines = await still(terminal);
          for (const line of lines) assert.ok(textWidth(line) <= columns, line);
          check(`${name}-${columns}x${rows}`, lines);
          if (name === 'help') terminal.press('Escape');
        }
      }
    } finally {
      terminal.close();
    }
  });

  test('a killed run says so, and how it is gone on with', async () => {
    const terminal = open(120, 40);
    try {
      await started(terminal);
      terminal.press('2');
      await terminal.until(/killed\s+gone/);
      await terminal.until(/cnnzoo train --resume runs\/killed/);
    } finally {
      terminal.close();
    }
  });
}

test.run();
