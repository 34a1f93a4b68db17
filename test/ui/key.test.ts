import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type KeyWish, waitForKey } from '../../src/ui/lines/key.js';
import { plainEnv, program } from '../support/cli.js';
import { temporaryFolder, writeTree } from '../support/folders.js';

/** A keyboard that notes what is done to it. */
class Keyboard extends EventEmitter {
  readonly calls: string[] = [];
  setRawMode(isRaw: boolean) {
    this.calls.push(isRaw ? 'raw' : 'cooked');
    return this as never;
  }
  resume() {
    this.calls.push('resume');
    return this as never;
  }
  pause() {
    this.calls.push('pause');
    return this as never;
  }
}

/** What comes of keys that are pressed one after the other while a key is waited for. */
async function pressed(
  keys: readonly string[],
  abort = new AbortController(),
): Promise<{ wish: KeyWish | 'waits'; keyboard: Keyboard; written: string }> {
  const keyboard = new Keyboard();
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  const waiting = waitForKey('go on?', { stdin: keyboard as never, stderr: { write } }, abort.signal);
  for (const key of keys) keyboard.emit('data', Buffer.from(key));
  const wish = await Promise.race([
    waiting,
    new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits'))),
  ]);
  abort.abort();
  await waiting;
  return { wish, keyboard, written };
}

test('space, enter and the right arrow go on, q and escape leave, Ctrl-C breaks off, other keys do nothing', async () => {
  const cases: readonly [string, KeyWish | 'waits'][] = [
    [' ', 'next'],
    ['\r', 'next'],
    ['\n', 'next'],
    ['\u001b[C', 'next'],
    ['q', 'leave'],
    ['Q', 'leave'],
    ['ㅂ', 'leave'],
    ['\u001b', 'leave'],
    ['\u0003', 'interrupted'],
    ['x', 'waits'],
    ['\u001b[D', 'waits'],
  ];
  for (const [key, wish] of cases) assert.is((await pressed([key])).wish, wish, JSON.stringify(key));
  assert.is((await pressed(['x', 'y', ' '])).wish, 'next');
});

test('the line is gone and the terminal as it was, whatever ended the waiting', async () => {
  for (const keys of [[' '], ['q'], ['\u0003'], []]) {
    const { keyboard, written } = await pressed(keys);
    assert.equal(keyboard.calls, ['raw', 'resume', 'pause', 'cooked']);
    assert.is(written, '\ngo on?\r\u001b[K\u001b[A');
    assert.is(keyboard.listenerCount('data') + keyboard.listenerCount('end'), 0);
  }
});

test('a signal, and a terminal that is closed, end it as Ctrl-C does', async () => {
  const abort = new AbortController();
  abort.abort();
  assert.is((await pressed([], abort)).wish, 'interrupted');
  const keyboard = new Keyboard();
  const waiting = waitForKey(
    '',
    { stdin: keyboard as never, stderr: { write: () => true } },
    new AbortController().signal,
  );
  keyboard.emit('end');
  assert.is(await waiting, 'interrupted');
});

/** Runs a lesson on a terminal of its own (util-linux's `script`) and presses the keys, each when its prompt is there. */
async function onTerminal(keys: readonly string[]): Promise<{ code: number | null; output: string }> {
  const folder = temporaryFolder();
  const step = (text: string) =>
    `  - { say: ${text}, run: list lenet5, expect: [{ figure: f, from: count($), equals: 1 }] }\n`;
  writeTree(folder, {
    'own.yaml': `title: T\nminutes: 1\nsteps:\n${step('one')}  - say: two\n${step('three')}`,
  });
  const line = `'${process.execPath}' '${program()}' lesson own.yaml --lang en --no-color`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: folder,
    env: plainEnv({ TERM: 'xterm', NO_COLOR: '1' }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let seen = 0;
  const waiting = [...keys];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    for (const prompt of output.slice(seen).matchAll(/space: [\w ]+ q: leave/g)) {
      seen += prompt.index + prompt[0].length;
      const key = waiting.shift();
      if (key !== undefined) child.stdin.write(key);
      break;
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

const hasScript = spawnSync('script', ['--version']).status === 0;

if (hasScript) {
  test('on a terminal a lesson waits before each command and after each step', async () => {
    const { code, output } = await onTerminal([' ', '\r', ' ', ' ']);
    assert.is(code, 0, output);
    assert.match(
      output,
      /one[\s\S]*run it[\s\S]*61,706[\s\S]*go on[\s\S]*two[\s\S]*go on[\s\S]*three[\s\S]*run it[\s\S]*All 2 figures hold/,
    );
  });

  test('q leaves with what there is so far, Ctrl-C with 130', async () => {
    const left = await onTerminal([' ', 'q']);
    assert.is(left.code, 0, left.output);
    assert.match(left.output, /The figure holds\./);
    assert.not.match(left.output, /two/);
    const broken = await onTerminal(['\u0003']);
    assert.is(broken.code, 130, broken.output);
    assert.match(broken.output, /Stopped in step 1\.\r?\n$/);
  });
} else {
  console.log('skipped: there is no "script" here to make a terminal with');
}

test.run();
