import { spawn } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { textWidth } from '../../../src/terminal/text.js';
import { showSteps } from '../../../src/ui/apply/show-steps.js';
import { packageFolder, plainEnv, program } from '../../support/cli.js';
import { apply } from '../../support/networks/apply.js';
import { outcomeOf } from '../../support/processes.js';
import { ENV } from '../../support/screens/ui-live.js';
import { FakeKeyboard, FakeTerminal } from '../../support/screens/ui-terminal.js';

const LAYERS = '[conv2d: {filters: 2, kernelSize: 3}, maxPool2d: 2, flatten]';
const applied = await apply(LAYERS, 'ramp:6x6x1');

const KEYS = {
  right: '\u001b[C',
  left: '\u001b[D',
  down: '\u001b[B',
  up: '\u001b[A',
  pageDown: '\u001b[6~',
  pageUp: '\u001b[5~',
  home: '\u001b[H',
  end: '\u001b[F',
  tab: '\t',
  back: '\u001b[Z',
} as const;

/** The screen on a terminal of its own, and a keyboard for it. */
function open(columns = 80, rows = 24) {
  const terminal = new FakeTerminal(columns, rows);
  const keyboard = new FakeKeyboard();
  const streams = { stdin: keyboard, stdout: new FakeTerminal(columns, rows), stderr: terminal, env: ENV };
  const ended = showSteps(applied, false, streams as unknown as Parameters<typeof showSteps>[2]);
  return { terminal, keyboard, ended };
}

/** Waits until the screen says something. */
async function until(terminal: FakeTerminal, text: string): Promise<string> {
  for (let i = 0; i < 200; i++) {
    const shown = terminal.screen().join('\n');
    if (shown.includes(text)) return shown;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`"${text}" never came:\n${terminal.screen().join('\n')}`);
}

test('keys move the window by steps, rows, channels and layers, and the sum goes along', async () => {
  const { terminal, keyboard, ended } = open();
  await until(terminal, 'conv2d_1  conv2d, layer 1 of 3  step 1 of 32: 0,0,0');
  assert.ok(keyboard.isRaw);
  const pressed = async (key: keyof typeof KEYS, text: string) => {
    keyboard.press(KEYS[key]);
    return until(terminal, text);
  };
  await pressed('right', 'step 2 of 32: 0,1,0');
  await pressed('down', 'step 6 of 32: 1,1,0');
  await pressed('left', 'step 5 of 32: 1,0,0');
  await pressed('up', 'step 1 of 32: 0,0,0');
  await pressed('pageDown', 'step 17 of 32: 0,0,1');
  await pressed('pageUp', 'step 1 of 32: 0,0,0');
  await pressed('end', 'step 32 of 32: 3,3,1');
  await pressed('home', 'step 1 of 32: 0,0,0');
  // The window of the pooling is in brackets, and its largest value below.
  const pooled = await pressed('tab', 'maxPool2d_1  maxPool2d, layer 2 of 3  step 1 of 8: 0,0,0');
  assert.match(pooled, /max\(.*\) = /);
  assert.is(pooled.match(/\[[^\]]*\]/g)!.length, 5, pooled);
  await pressed('back', 'conv2d_1  conv2d, layer 1 of 3');
  await pressed('back', 'flatten_1  flatten, layer 3 of 3  step 1 of 8: 0');
  keyboard.press('q');
  assert.is(await ended, 'left');
  assert.not(keyboard.isRaw);
  assert.ok(terminal.cursorShown);
  // On a screen of its own, which is left again.
  assert.match(terminal.raw, '\u001b[?1049h');
  assert.ok(terminal.raw.lastIndexOf('\u001b[?1049l') > terminal.raw.lastIndexOf('flatten_1'));
});

test('Escape leaves too, Ctrl-C breaks off, and other keys do nothing', async () => {
  for (const [key, outcome] of [
    ['\u001b', 'left'],
    ['\u0003', 'interrupted'],
  ] as const) {
    const { terminal, keyboard, ended } = open();
    await until(terminal, 'step 1 of 32');
    keyboard.press('x');
    keyboard.press(KEYS.right);
    await until(terminal, 'step 2 of 32');
    keyboard.press(key);
    assert.is(await ended, outcome);
    assert.not(keyboard.isRaw);
  }
});

test('it fits whatever size the terminal gets', async () => {
  const { terminal, keyboard, ended } = open(120, 40);
  await until(terminal, 'step 1 of 32');
  for (const [columns, rows, help] of [
    [60, 16, 'arrows: step and row'],
    [200, 50, 'left right: step'],
    [40, 12, 'arrows  tab: layer'],
  ] as const) {
    // The other screen of a terminal breaks no line anew.
    Object.assign(terminal, { columns, rows }).emit('resize');
    keyboard.press(KEYS.right);
    await until(terminal, help);
    const lines = terminal.screen();
    assert.ok(lines.length <= rows, `${lines.length} lines in ${rows}`);
    for (const line of lines) assert.ok(textWidth(line) < columns, line);
  }
  keyboard.press('q');
  await ended;
  assert.not(terminal.raw.includes('\u001b[3J'), 'the scrollback is wiped');
});

test('where there is no terminal there is no screen', async () => {
  const streams = {
    stdin: { isTTY: false },
    stdout: new FakeTerminal(80, 24),
    stderr: new FakeTerminal(80, 24),
    env: ENV,
  };
  assert.is(await showSteps(applied, false, streams as unknown as Parameters<typeof showSteps>[2]), null);
  assert.is(streams.stderr.raw, '');
});

/** What the program writes on a real terminal, which util-linux's `script` makes, while keys are pressed; undefined without it. */
async function onTerminal(words: readonly string[], keys: readonly string[]): Promise<string | undefined> {
  const quoted = [process.execPath, program(), ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols 80 rows 24; ${quoted}`, '/dev/null'], {
    cwd: packageFolder(),
    env: plainEnv({ TERM: 'xterm-256color', NO_COLOR: '1' }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const isThere = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
  if (!isThere) return undefined;
  let seen = '';
  const waiting = [...keys];
  child.stdout.on('data', (data: Buffer) => {
    seen += data.toString('utf8');
    // A key only once what the key before it brought is on the screen.
    const wanted = `step ${keys.length - waiting.length + 1} of`;
    if (waiting.length > 0 && seen.includes(wanted)) child.stdin.write(waiting.shift()!);
  });
  const { code, stdout } = await outcomeOf(child);
  assert.is(code, 0, stdout);
  return seen;
}

test('on a real terminal the keys arrive, and the shell gets its screen back', async () => {
  const words = ['apply', 'maxPool2d: 2', 'ramp:4x4x1', '--steps', '--device', 'cpu'];
  const seen = await onTerminal(words, [KEYS.right, KEYS.right, 'q']);
  if (seen === undefined) return;
  for (const text of ['step 1 of 4: 0,0,0', 'step 2 of 4: 0,1,0', 'step 3 of 4: 1,0,0'])
    assert.ok(seen.includes(text), text);
  assert.ok(seen.indexOf('\u001b[?1049h') < seen.indexOf('step 1 of 4'));
  assert.ok(seen.lastIndexOf('\u001b[?1049l') > seen.indexOf('step 3 of 4'));
  // The result stays on the shell's own screen.
  assert.ok(seen.lastIndexOf('maxPool2d_1  2x2x1') > seen.lastIndexOf('\u001b[?1049l'));
});

test.run();
